"""Working days: which days are holidays, which weekends are made up for, and when a clock that counts them ends."""
