"""The engines that judge whether one sentence follows from another."""
