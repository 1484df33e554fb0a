"""Why a clock stands where it does (P9), pure.

`segments` cuts the life of a clock into stretches that count and stretches that do not, `cutting` shows clocks as they
stood at a moment, and `words` says all of it in Chinese and English.
"""
