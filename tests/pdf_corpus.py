"""200 varied PDFs, made again at will, with the truth of every page beside them.

A document is set line by line here, so that its words, their page, its headings, tables and
what stands in its margins are known without reading the file. `make_corpus(folder)` writes
them; nothing in it is random beyond the seed of each number.
"""

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import reportlab
from reportlab.lib.pagesizes import A4, A5, landscape, letter
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

COUNT = 200
FONTS = {
    "Helvetica": "Helvetica-Bold",
    "Times-Roman": "Times-Bold",
    "Vera": "VeraBd",
    "Courier": "Courier-Bold",
}
SENTENCES = {
    "en": (
        "Give amoxicillin {a}-{b} mg/kg by mouth every 12 hours for {c} days.",
        "Do not give more than {b} mg in 24 hours to a child under {c} kg.",
        "A low-dose regimen of {a} mg is enough for maintenance treatment.",
        "Patients who take an ACE-inhibitor need their potassium measured within {c} weeks.",
        "If the temperature stays above 38.5 °C after {c} hours, refer to hospital.",
        "Infuse {a}.5 mL/kg of Ringer's lactate over {c} minutes and reassess the circulation.",
        "The infant's respiratory rate is counted for one whole minute while it is calm.",
        "Severe dehydration is recognised by sunken eyes, lethargy and a slow skin pinch.",
        "Haemoglobin below {c} g/dL needs examination for bleeding and a blood transfusion.",
        "Check the blood glucose: below {c}.2 mmol/L give 10% dextrose, {a} mL/kg.",
        "Add ½ tablet (250 µg) on alternate days when side-effects allow it.",
        "Artemether-lumefantrine is taken with food; repeat the dose after vomiting.",
    ),
    "fr": (
        "Donner le paracétamol à {a}-{b} mg/kg toutes les six heures pendant {c} jours.",
        "Ne pas dépasser {b} mg par jour chez l'enfant de moins de {c} kg.",
        "La déshydratation sévère exige une réhydratation immédiate à l'hôpital.",
        "Un traitement à faible dose suffit pendant la grossesse, après évaluation médicale.",
        "Mesurer la température, la fréquence respiratoire et la saturation en oxygène.",
    ),
    "es": (
        "Administrar ibuprofeno {a}-{b} mg/kg cada ocho horas durante {c} días.",
        "No superar {b} mg al día en niños de menos de {c} kg.",
        "La deshidratación grave necesita rehidratación inmediata en el hospital.",
        "El tratamiento comienza después de la evaluación médica y del diagnóstico.",
        "Señales de peligro: convulsiones, vómitos repetidos, respiración rápida.",
    ),
    "pt": (
        "Administrar amoxicilina {a}-{b} mg/kg a cada doze horas durante {c} dias.",
        "Não ultrapassar {b} mg por dia em crianças com menos de {c} kg.",
        "A desidratação grave exige reidratação imediata no hospital mais próximo.",
        "A avaliação clínica antecede sempre a medicação e a transfusão.",
    ),
    "sw": (
        "Mpe mtoto dawa ya {a}-{b} mg/kg kila baada ya saa kumi na mbili kwa siku {c}.",
        "Usizidishe {b} mg kwa siku kwa mtoto mwenye uzito chini ya kilo {c}.",
        "Mpeleke mgonjwa hospitalini mara moja akipata degedege au akishindwa kunywa.",
        "Pima joto la mwili na hesabu pumzi kwa dakika moja nzima.",
    ),
}
SUBJECTS = (
    "Malaria in children", "Pneumonia", "Acute diarrhoea", "Bleeding after birth", "Sepsis",
    "Burns and scalds", "Snake bite", "Severe malnutrition", "Asthma", "Meningitis",
)  # fmt: skip
DRUGS = ("Amoxicillin", "Artesunate", "Zinc sulfate", "Gentamicin", "Ceftriaxone", "Diazepam")
HOWS = ("by mouth twice daily", "by slow injection into a vein", "with plenty of water, after food")


@dataclass
class Truth:
    """What is on the pages: `main` is the text in reading order, `other` what stands apart."""

    main: list[list[str]] = field(default_factory=lambda: [[]])
    other: list[list[str]] = field(default_factory=lambda: [[]])
    headings: list[tuple[str, int]] = field(default_factory=list)
    rows: list[tuple[int, str, str]] = field(default_factory=list)  # page, text, heads
    margins: set[str] = field(default_factory=set)
    divided: int = 0

    def page(self, number):
        """The text of a page in reading order; a word that began before it is not whole."""
        return " ".join(self.main[number - 1]).replace(" \x00", "").strip("\x00")

    def pages(self, first, last):
        """The running text of pages that follow one another."""
        words = [word for page in self.main[first - 1 : last] for word in page]
        return " ".join(words).replace(" \x00", "").strip("\x00")


@dataclass
class Made:
    """One PDF of the corpus."""

    path: Path
    title: str
    truth: Truth
    traits: dict


class Setter:
    """Sets lines on pages, and writes down what stands where."""

    def __init__(self, path, traits, random):
        self.traits, self.random, self.truth = traits, random, Truth()
        self.size = traits["size"]
        self.font = traits["font"]
        width, height = traits["paper"]
        self.width, self.height = width, height
        encrypt = StandardEncryption("", "owner", canPrint=0) if traits["encrypted"] else None
        self.canvas = Canvas(str(path), pagesize=(width, height), encrypt=encrypt, invariant=1)
        self.column, self.page = 0, 0
        self.notes, self.waiting = [], []
        self.begin()

    @property
    def edges(self):
        """Left and right edge of the present column."""
        columns, gutter = self.traits["columns"], 22
        wide = (self.width - 144 - gutter * (columns - 1)) / columns
        left = 72 + self.column * (wide + gutter)
        return left, left + wide

    def begin(self):
        """Begin a page: turn it, draw the margins."""
        self.page += 1
        if self.page > 1:
            self.truth.main.append([])
            self.truth.other.append([])
        canvas, rotation = self.canvas, self.traits["rotation"]
        canvas.setPageRotation(rotation)
        if rotation == 90:
            canvas.translate(self.height, 0)
            canvas.rotate(90)
        elif rotation == 270:
            canvas.translate(0, self.width)
            canvas.rotate(270)
        elif rotation == 180:
            canvas.translate(self.width, self.height)
            canvas.rotate(180)
        self.y, self.column = self.height - 80, 0
        canvas.setFont(self.font, 8)
        if self.traits["header"]:
            words = self.traits["header"].format(page=self.page)
            canvas.drawString(72, self.height - 40, words)
            self.truth.margins.add("Zuluhead")
        if self.traits["footer"]:
            words = self.traits["footer"].format(page=self.page)
            canvas.drawCentredString(self.width / 2, 30, words)
            self.truth.margins.add("Zulufoot")

    def next_column(self):
        """Go to the next column, or to the next page."""
        if self.column + 1 < self.traits["columns"]:
            self.column += 1
            self.y = self.height - 80
            return
        self.end_page()
        self.begin()

    def end_page(self):
        """Draw what waits for the foot of the page and end it."""
        for down, x, text, font, size in sorted(self.waiting):
            self.canvas.setFont(font, size)
            self.canvas.drawString(x, -down, text)
        self.waiting = []
        y = 60 + 10 * len(self.notes)
        for note in self.notes:
            self.canvas.setFont(self.font, max(self.size - 3, 6))
            self.canvas.drawString(72, y, note)
            self.truth.other[-1].append(note)
            y -= 10
        self.notes = []
        self.canvas.showPage()

    def need(self, height):
        """Make sure of room above the foot."""
        if self.y - height < 72 + 12 * len(self.notes):
            self.next_column()

    def measure(self, text, font=None, size=None):
        return pdfmetrics.stringWidth(text, font or self.font, size or self.size)

    def lines(self, words, wide, indent=0.0):
        """Break words into lines: (shown line, its words whole), dividing some long ones."""
        line, left = "", wide - indent
        made, whole = [], []
        queue = list(words)
        while queue:
            word = queue.pop(0)
            trial = f"{line} {word}" if line else word
            if self.measure(trial) <= left:
                line = trial
                whole.append((word, True))
                continue
            first, rest, mark = self.divide(word, line, left)
            if first:
                line = f"{line} {first}{mark}" if line else first + mark
                whole.append((first if mark else first, False))
                queue.insert(0, rest)
            elif not line:
                line = word
                whole.append((word, True))
            else:
                queue.insert(0, word)
            made.append((line, whole))
            line, whole, left = "", [], wide
        if line:
            made.append((line, whole))
        return made

    def divide(self, word, line, left):
        """Divide a word at the line's end: at its own hyphen, or within."""
        if "-" in word[1:-1]:
            first, rest = word.split("-", 1)
            if self.fits(line, first + "-", left):
                return first + "-", rest, ""
        if self.traits["divides"] and word.isalpha() and word.islower() and len(word) >= 9:
            for at in range(len(word) - 3, 3, -1):
                if self.fits(line, word[:at] + "-", left):
                    self.truth.divided += 1
                    return word[:at], word[at:], self.traits["divides"]
        return "", "", ""

    def fits(self, line, text, left):
        return self.measure(f"{line} {text}" if line else text) <= left

    def paragraph(self, text, indent=0.0, mark="", keep=True):
        """Set a paragraph; `mark` hangs before its first line."""
        hang = 2.4 * self.size if mark else 0
        left, right = self.edges
        broken = self.lines(text.split(), right - left - hang, indent)
        for n, (shown, whole) in enumerate(broken):
            self.need(self.size * 1.25)
            left, right = self.edges
            x = left + hang + (indent if n == 0 else 0)
            if mark and n == 0:
                self.draw(left, mark)
                self.truth.main[-1].append(mark)
            last = n == len(broken) - 1
            self.draw(x, shown, right if self.traits["justified"] and not last else None)
            self.write(whole)
            self.y -= self.size * 1.25
        self.y -= self.traits["spacing"] * self.size

    def write(self, whole):
        """Note a line's words; what is divided goes on in the next."""
        main = self.truth.main[-1]
        for word, ended in whole:
            if self.truth_open:
                main.append("\x00" + word)
            else:
                main.append(word)
            self.truth_open = not ended

    truth_open = False

    def draw(self, x, text, right=None):
        if self.traits["interleaved"]:
            self.waiting.append((-self.y, x, text, self.font, self.size))
            return
        canvas = self.canvas
        drawn = canvas.beginText(x, self.y)
        drawn.setFont(self.font, self.size)
        spaces = text.count(" ")
        if right is not None and spaces:
            drawn.setWordSpace((right - x - self.measure(text)) / spaces)
        drawn.textOut(text)
        drawn.setWordSpace(0)
        canvas.drawText(drawn)

    def heading(self, text, level):
        """Set a heading in bold, bigger the higher it is."""
        size = {1: self.size * 1.6, 2: self.size * 1.3, 3: self.size}[level]
        self.need(size * 4)
        self.y -= size * 0.8
        left, _ = self.edges
        self.canvas.setFont(FONTS[self.font], size)
        self.canvas.drawString(left, self.y, text)
        self.truth.main[-1].append(text)
        self.truth.headings.append((text, level))
        if self.traits["bookmarks"]:
            key = f"h{len(self.truth.headings)}"
            self.canvas.bookmarkHorizontal(key, 0, self.y + size)
            self.canvas.addOutlineEntry(text, key, level - 1)
        self.y -= size * 1.5

    def table(self, caption, heads, rows):
        """Set a table, cell by cell; long cells are wrapped."""
        left, right = self.edges
        share = (0.26, 0.27, 0.47)
        starts = [left + (right - left) * sum(share[:n]) for n in range(3)]
        wides = [(right - left) * part - 12 for part in share]
        self.need(self.size * 16)
        left, _ = self.edges
        starts = [left + (right - left) * sum(share[:n]) for n in range(3)]
        right = self.edges[1]
        starts = [left + (right - left) * sum(share[:n]) for n in range(3)]
        self.paragraph(caption)
        self.y -= self.size * 0.4
        for n, row in enumerate((heads, *rows)):
            font = FONTS[self.font] if n == 0 else self.font
            wrapped = [self.wrap(cell, wide, font) for cell, wide in zip(row, wides, strict=True)]
            height = max(map(len, wrapped)) * self.size * 1.2
            self.need(height + self.size)
            for x, cell in zip(starts, wrapped, strict=True):
                for k, line in enumerate(cell):
                    self.canvas.setFont(font, self.size)
                    self.canvas.drawString(x, self.y - k * self.size * 1.2, line)
            text = " ".join(row)
            self.truth.main[-1].append(text)
            if n:
                self.truth.rows.append((self.page, text, " | ".join(heads)))
            self.y -= height + self.size * 0.8
        self.y -= self.size

    def wrap(self, text, wide, font):
        lines = [""]
        for word in text.split():
            trial = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.measure(trial, font) > wide:
                lines.append(word)
            else:
                lines[-1] = trial
        return lines

    def power(self, before, digits, after):
        """Set a line with a raised figure."""
        self.need(self.size * 2)
        left, _ = self.edges
        text = self.canvas.beginText(left, self.y)
        text.setFont(self.font, self.size)
        text.textOut(before)
        text.setFont(self.font, self.size * 0.62)
        text.setRise(self.size * 0.36)
        text.textOut(digits)
        text.setRise(0)
        text.setFont(self.font, self.size)
        text.textOut(after)
        self.canvas.drawText(text)
        raised = digits.translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
        self.truth.main[-1].append(before + raised + after)
        self.y -= self.size * 2.2


def register_fonts():
    """Register the fonts that come with reportlab."""
    folder = Path(reportlab.__file__).parent / "fonts"
    for name in ("Vera", "VeraBd"):
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))


def choose_traits(number):
    """The traits of one document, by its number."""
    random = Random(number)
    columns = (1, 1, 2, 1, 1, 2, 1, 3)[number % 8]
    papers = (A4, letter, landscape(A4), A4, A5)
    paper = papers[number % 5]
    if columns == 2 and paper == A5:
        paper = A4
    if columns == 3:
        paper = landscape(A4)
    header = ("", "Zuluhead National guideline", "Zuluhead {page}", "Ministry Zuluhead   {page}")
    footer = ("Zulufoot Page {page}", "", "Zulufoot {page} of 99", "{page} Zulufoot")
    return {
        "language": tuple(SENTENCES)[number % 7] if number % 7 < 5 else "en",
        "font": tuple(FONTS)[number % 4] if columns == 1 else tuple(FONTS)[number % 2],
        "size": random.choice((9, 10, 10.5, 11, 12)) if columns == 1 else 9,
        "columns": columns,
        "paper": paper,
        "rotation": {3: 90, 6: 270, 9: 180}.get(number % 11, 0),
        "header": header[number % 4],
        "footer": footer[(number // 2) % 4],
        "encrypted": number % 9 == 4,
        "bookmarks": number % 3 == 0,
        "divides": ("-", "", "-")[number % 3],
        "justified": number % 2 == 0,
        "spacing": 0.7 if number % 3 else 0.0,
        "indented": number % 3 == 0,
        "numbered": number % 5 == 2,
        "interleaved": number % 16 == 2,  # two columns, drawn line by line across both
        "labels": number % 6 == 1,
    }


def sentence(random, language):
    a = random.randint(2, 40)
    return random.choice(SENTENCES[language]).format(
        a=a, b=a + random.randint(5, 60), c=random.randint(2, 14)
    )


def paragraph(random, language, most=7):
    return " ".join(sentence(random, language) for _ in range(random.randint(2, most)))


def make_document(folder, number):
    """Write document `number` and return it with its truth."""
    random, traits = Random(number * 7919), choose_traits(number)
    path = folder / f"file_{number:03}.pdf"
    page = Setter(path, traits, random)
    title = f"Guideline {number}: {random.choice(SUBJECTS)}"
    if number % 2:
        page.canvas.setTitle(title)
    page.canvas.setFont(FONTS[page.font], page.size * 2)
    page.canvas.drawString(72, page.y, title)
    page.truth.main[-1].append(title)
    page.y -= page.size * 3
    for chapter in range(1, random.randint(2, 4) + 1):
        _set_chapter(page, chapter, random)
    page.end_page()
    if traits["labels"]:
        page.canvas.addPageLabel(0, style="ROMAN_LOWER", start=1)
    page.canvas.save()
    return Made(path, title, page.truth, traits)


def _set_chapter(page, chapter, random):
    number = f"{chapter} " if page.traits["numbered"] else ""
    page.heading(f"{number}{random.choice(SUBJECTS)}", 1)
    language = page.traits["language"]
    for section in range(1, random.randint(2, 3) + 1):
        number = f"{chapter}.{section} " if page.traits["numbered"] else ""
        page.heading(f"{number}{random.choice(('Treatment', 'Signs', 'Follow-up', 'Doses'))}", 2)
        _set_section(page, random, language)


def _set_section(page, random, language):
    indent = 14.0 if page.traits["indented"] else 0.0
    for _ in range(random.randint(1, 4)):
        page.paragraph(paragraph(random, language), indent)
    what = random.randint(0, 5)
    if what == 0:
        for n in range(random.randint(3, 6)):
            mark = random.choice(("•",)) if page.page % 2 else f"{n + 1}."
            page.paragraph(sentence(random, language), mark=mark)
        page.y -= page.size
    elif what == 1 and page.traits["columns"] == 1:
        rows = [
            (drug, f"{random.randint(2, 50)} mg/kg", random.choice(HOWS))
            for drug in random.sample(DRUGS, random.randint(3, 5))
        ]
        page.table(
            f"Table {len(page.truth.rows) + 1}. Doses by weight.",
            ("Drug", "Dose", "How to give"),
            rows,
        )
    elif what == 2 and page.traits["columns"] == 1:
        page.notes.append(f"{random.randint(1, 9)} {sentence(random, language)[:60].strip()}")
    elif what == 3:
        page.power("Expect 10", str(random.randint(2, 9)), " cells per litre at most.")
    page.paragraph(paragraph(random, language, 3), indent)


def make_corpus(folder, count=COUNT):
    """Write the corpus into a folder and return it."""
    register_fonts()
    return [make_document(folder, number) for number in range(count)]
