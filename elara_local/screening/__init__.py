"""Reading a question by rule: phrases, denial and history, function words, emergency rules."""
