"""Invented names: common surnames and given names, thrown together; a few long ones, a few with rare characters."""

from random import Random

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
DOUBLE = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫")
WOMEN = "芳娜敏静丽艳娟霞玲桂英华慧巧美秀兰玉萍红梅琳晶颖倩婷雪蕾薇菲洁琪瑶怡婵雁蓓纨仪荷丹蓉眉君琴蕊莎梦岚苑婕馨"
MEN = "伟强磊军洋勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆旭宁峰志远建国文博子轩思源海东新利清彬富顺信承乐绍功松善厚庆"
RARE = "㛃䶮堃喆翀昇旻淼犇翯璟甯彧祎"
LONG = ("阿依古丽·买买提", "古丽娜尔·艾山", "努尔兰·哈力克", "迪丽拜尔·吐尔逊", "巴图尔·艾则孜", "卓玛·次仁")


def a_name(chance: Random, *, woman: bool) -> str:
    if chance.random() < 0.001:
        return chance.choice(LONG)
    surname = chance.choice(DOUBLE) if chance.random() < 0.004 else SURNAMES[int(len(SURNAMES) * chance.random() ** 2)]
    letters = RARE if chance.random() < 0.006 else WOMEN if woman else MEN
    given = chance.choice(letters)
    return surname + (given if chance.random() < 0.18 else chance.choice(WOMEN if woman else MEN) + given)
