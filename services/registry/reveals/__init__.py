"""Personal data seen in clear: each time with a purpose, counted, and recorded before the value leaves (PI-13)."""
