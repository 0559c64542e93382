"""Models for CTranslate2: embedding, translation and speech, made and proven by one rule."""
