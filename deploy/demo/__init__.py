"""Owns the demo city: an invented Jinan of 17 000 holders, the same for the same seed, and how it is loaded.

Nobody in it exists: identity numbers and credit codes are of region 999000, which no place has ever had, telephone
numbers begin with 00000, every organization and every point has 演示 in its name. Places alone are real.
"""
