"""Characters that names and hospitals' words are mostly made of, simplified and traditional.

Few characters begin so many texts as surnames do (`mappings.runtime.text.surnames`). What octets of
another set happen to give is as seldom one of these as any other.
"""

from mappings.runtime.text.surnames import SIMPLIFIED_SURNAMES, TRADITIONAL_SURNAMES

__all__ = ["SIMPLIFIED", "SIMPLIFIED_SURNAMES", "TRADITIONAL", "TRADITIONAL_SURNAMES"]

# Of other characters: of given names, of addresses, of hospitals' reports.
_SAME = (
    "一二三四五六七八九十上下大小中正天地人平生立志心思德仁信忠孝福家子女男美玉水木火山春秋冬海河"
    "云雨雪星月日光亮清泉芳英秀珍珠梅菊竹松柏荷香凡佳俊杰豪博宇宏元永世民主本才良友雅慧敏淑惠娜婷"
    "妮妍妹姐娟媛媚丹彤彬斌威力勇建新群昌盛旺百千年有可以在不了我你他是的之科部室床院病性右前後后"
    "肝胃肺血尿便骨皮眼耳鼻喉口腔外急放射超波查者住址市弄村街北南西京津州省如欣怡然若依琪嘉瑞涵梓"
    "晨浩哲睿雯晶莉琳琴旭升昊昕朝坤乾峰岩岭川洋浪源磊霞玲鑫燕璐薇倩蕾智廉虎翔萍果青紫虹炳冰霜露霄"
    "帆航震利根仙巧告未炎症瘤腰椎"
)
_SIMPLIFIED = (
    "国刚无内轩诗凯东晓涛伟静丽强军艳辉宁红飞鹏欢颖莹荣宝贵庆兴学礼义跃鸿鹤莲园绿炜灿润泽洁扬业发"
    "达圣乐维贤顺进长爱连继胜号区县镇乡楼医门诊检验报见异阴双侧结节术肿肠胆肾脑颈儿妇产护师"
)
_TRADITIONAL = (
    "國雲剛無內軒詩凱東曉嶺濤偉靜麗強軍艷輝寧紅飛鵬歡穎瑩榮寶貴慶興學禮義躍鴻鶴蓮園綠煒燦潤澤潔揚"
    "業發達聖樂維賢順進長愛連繼勝號區縣鎮鄉樓醫門診檢驗報見異陰雙側結節術腫腸膽腎腦頸兒婦產護師婉"
    "貞錦繡蓉芬芷萱筠妤姿嫻祐佑宥叡翊宜君秉承彥均廷翰毓珮佩瑋瑜琬璇瓊冠憲豐裕"
)

SIMPLIFIED = SIMPLIFIED_SURNAMES.union(_SAME, _SIMPLIFIED)
TRADITIONAL = TRADITIONAL_SURNAMES.union(_SAME, _TRADITIONAL)
