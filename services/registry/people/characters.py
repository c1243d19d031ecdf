"""Characters of a name that somebody has to look at, as the database and the rules both know them."""

# Beyond the basic plane, made for one machine, or a mark where a character should be; read alike by PostgreSQL and re.
RARE = r"[\U00020000-\U0003FFFF\uE000-\uF8FF\U000F0000-\U0010FFFF〇○□■?？*＊_＿]"
