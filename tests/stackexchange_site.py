"""A small StackExchange API for the tests: pages, answers by question, backoff and quota."""

import threading
from dataclasses import dataclass

from tests.fetching import as_json


@dataclass(frozen=True)
class Post:
    """A question with the scores of its answers; the accepted one is a place in them."""

    id: int
    scores: tuple = (1, 5, 3)
    accepted: int = -1
    tags: tuple = ("fever",)
    created: int = 0

    def question(self):
        return {
            "question_id": self.id,
            "title": f"What of &quot;{self.id}&quot;?",
            "body": f"<p>Question {self.id} with 5 &lt; 6.</p>",
            "tags": list(self.tags),
            "creation_date": self.created or self.id,
            "answer_count": len(self.scores),
            "score": 1,
            "owner": {"display_name": "Asker", "link": "https://example.org/u/1"},
            "link": f"https://medicalsciences.stackexchange.com/questions/{self.id}",
            "content_license": "CC BY-SA 4.0",
        }

    def answers(self):
        return [
            {
                "answer_id": self.id * 100 + place,
                "question_id": self.id,
                "creation_date": 1_500_000_000 + self.id,
                "body": f"<p>Answer {place} of {self.id}</p><ul><li>one</li></ul>",
                "score": score,
                "is_accepted": place == self.accepted,
                "owner": {"display_name": f"Author {place}", "link": "https://example.org/u/2"},
                "content_license": "CC BY-SA 3.0",
            }
            for place, score in enumerate(self.scores)
        ]


class Exchange:
    """The protocol; `quota` is for one day, `backoff` is sent with every so-many-th answer."""

    def __init__(self, posts, quota=10_000, backoff=0, every=5, last_page=25, lies=False):
        self.posts = {post.id: post for post in posts}
        self.quota, self.backoff, self.every, self.last_page = quota, backoff, every, last_page
        self.lies, self.count, self._lock = lies, 0, threading.Lock()

    def __call__(self, path, params):
        with self._lock:
            self.count += 1
            self.quota -= 1
        if self.quota < 0:
            return self.refuse(502, "throttle_violation", "too many requests from this IP")
        page = int(params["page"])
        if page > self.last_page and "key" not in params:
            return self.refuse(
                403, "access_denied", "page above 25 requires access token or app key"
            )
        assert params["filter"] == "withbody" and params["site"] == "medicalsciences"
        return self.list_page(self.find(path, params), page, int(params["pagesize"]))

    def find(self, path, params):
        if path == "questions":
            found = [p.question() for p in self.posts.values()]
            found = [q for q in found if q["creation_date"] >= int(params["fromdate"])]
            return sorted(found, key=lambda q: (q["creation_date"], q["question_id"]))
        ids = [int(id) for id in path.split("/")[1].split(";")]
        found = [a for id in ids for a in self.posts[id].answers()]
        return found + (Post(77_777_777).answers() if self.lies else [])

    def list_page(self, items, page, size):
        found = {
            "items": items[(page - 1) * size : page * size],
            "has_more": len(items) > page * size,
            "quota_max": 300,
            "quota_remaining": max(0, self.quota),
        }
        if self.backoff and self.count % self.every == 0:
            found["backoff"] = self.backoff
        if self.lies and page == 1 and found["items"]:
            found["items"] = [*found["items"], found["items"][0]]
        return as_json(found)

    @staticmethod
    def refuse(number, name, message):
        reply = as_json({"error_id": number, "error_name": name, "error_message": message})
        reply.status = 400
        return reply
