"""The surnames of nineteen in twenty Chinese people: what a Han name most likely begins with.

Of a surname of two characters (欧阳) the first is among them.
"""

# Those that are written alike, the simplified ones, the traditional ones.
_SAME = (
    "王李朱林高何郭梁宋唐于曹傅沈曾彭蔡丁魏余潘杜夏田任姜范方石姚熊金郝孔白崔康毛邱秦江史侯孟尹黎"
    "易常武文施洪翁古池柳尤童辛管祝左涂谷倪葛伍覃莫路解申姬包司柯阮牛殷章甘房井卜霍成裴安季屈和牟"
    "艾耿曲祁卓宗冉全米鹿苗戚詹丘凌桂巫俞翟焦巴向冷岑庄柴支明仇占周徐胡董程袁戴汪廖段雷邵陶樊岳喻"
    "游邢晏蒲褚湛"
)
_SIMPLIFIED = (
    "陆华单项阳荆凤张刘陈杨赵黄吴孙马罗郑谢韩冯萧邓许苏卢吕蒋贾叶阎钟谭邹龙万钱汤乔贺赖龚顾严欧颜"
    "温芦兰庞聂鲁韦毕闫骆蓝简关费纪储宫闵党娄麦银"
)
_TRADITIONAL = (
    "陸張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭鄧許蘇盧呂蔣賈葉閻鍾鐘譚鄒龍萬錢湯喬賀賴龔顧嚴歐顏溫蘆蘭龐聶"
    "魯韋畢閆駱藍簡關費紀儲宮閔黨婁麥銀莊單項華陽荊鳳"
)

SIMPLIFIED_SURNAMES = frozenset(_SAME + _SIMPLIFIED)
TRADITIONAL_SURNAMES = frozenset(_SAME + _TRADITIONAL)
SURNAMES = SIMPLIFIED_SURNAMES | TRADITIONAL_SURNAMES

_COMPOUND = (
    "欧阳歐陽上官司马司馬诸葛諸葛司徒司空皇甫尉迟尉遲公孙公孫慕容令狐夏侯端木宇文长孙長孫轩辕"
    "軒轅独孤獨孤南宫南宮百里呼延闻人聞人濮阳濮陽淳于单于單于太史申屠仲孙仲孫钟离鍾離鲜于鮮于"
    "闾丘閭丘澹台澹臺赫连赫連拓跋东方東方东郭東郭南门南門西门西門左丘第五万俟萬俟完颜完顏纳兰"
    "納蘭叶赫葉赫张简張簡范姜"
)
#: Those of two characters, whose second one begins no name
COMPOUND_SURNAMES = frozenset(_COMPOUND[at : at + 2] for at in range(0, len(_COMPOUND), 2))
