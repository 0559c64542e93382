"""Elara Local: cited answers for clinicians, without internet."""
