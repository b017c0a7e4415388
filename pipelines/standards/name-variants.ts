/**
 * Spellings of one syllable sequence that clerks use for the same Tibetan, Mongol, Salar or Hui name; each row becomes its
 * first entry in the key `syllableKey`. For comparison only: names are stored as given. Add a row when reviewers confirm one.
 */
export const SYLLABLES: readonly string[] = [
  '才让 才仁 次仁 泽仁 次让 泽让',
  '卓玛 卓麻 卓马 桌玛',
  '旦增 丹增 旦曾',
  '索南 索郎 索朗 索楠',
  '多杰 多吉',
  '扎西 札西 扎喜',
  '拉毛 拉姆 拉茂',
  '仁青 仁钦 仁清',
  '彭措 平措 彭错 平错',
  '尼玛 尼马 尼麻',
  '阿不都 阿布都 阿卜杜 阿布杜 阿卜都',
  '法图麦 法土麦 法图买 法土买',
  '尤努斯 优努斯 由努斯',
  '穆罕麦 穆罕买 穆汗麦',
  '伊斯玛 依斯玛 伊斯麻',
];

/** Traditional and variant forms in names, each pair variant then common form. For keys only: names are legal identifiers. */
export const CHARACTERS =
  '峯峰昇升鍾钟锺钟臺台檯台國国囯国榮荣張张韓韩馬马劉刘陳陈楊杨趙赵黃黄孫孙吳吴鄭郑馮冯許许蔣蒋葉叶閻阎閆闫呂吕蘇苏盧卢賈贾鄧邓蕭萧' +
  '譚谭陸陆範范謝谢鄒邹羅罗薑姜龍龙萬万錢钱湯汤賴赖龔龚嚴严華华寶宝麗丽蘭兰鳳凤雲云強强偉伟軍军傑杰濤涛鵬鹏輝辉剛刚貴贵' +
  '貞贞賢贤興兴義义愛爱麥麦達达爾尔靜静艷艳豔艳嬌娇瑩莹瓊琼潔洁緒绪紅红綠绿繼继維维經经緯纬綱纲紀纪純纯紹绍絲丝蓮莲蕓芸藝艺' +
  '慶庆億亿優优儀仪俠侠倫伦億亿書书會会東东樂乐樹树橋桥歡欢澤泽濱滨瀾澜灝灏燈灯爭争獻献瑋玮璽玺產产畢毕發发盧卢禮礼禎祯積积' +
  '穎颖窮穷競竞節节築筑糧粮聖圣聯联聰聪肅肃臨临舉举莊庄處处號号覺觉親亲訓训詩诗詳详誠诚語语諾诺謙谦豐丰贊赞趕赶躍跃車车軒轩' +
  '轉转農农運运過过遠远遷迁邊边郵邮醫医銀银銘铭銳锐鋒锋鋼钢錄录鎮镇鏡镜鐵铁長长門门開开間间關关陽阳隊队際际隨随雙双難难' +
  '電电霽霁靈灵項项順顺須须頌颂預预領领頤颐頭头題题願愿顏颜顯显飛飞養养駿骏騰腾驍骁魯鲁鮮鲜鴻鸿鵑鹃鶴鹤齊齐';
