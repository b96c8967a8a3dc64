"""The words of the translation grammar: English and Japanese side by side."""

from __future__ import annotations

from typing import NamedTuple


class Noun(NamedTuple):
    """A thing or somebody; ``plural`` and ``counter`` are empty where one does not count it."""

    en: str
    plural: str
    ja: str
    counter: str


class Verb(NamedTuple):
    """An English verb's forms, the stems of the Japanese one, and what it can be done to.

    ``polite`` takes ます, ``past_stem`` with ``past_end`` is the plain past (建て た, 読ん だ), ``negative``
    takes ない. ``lasting``: it goes on for a while, so that 〜ている says what somebody is doing.
    """

    base: str
    third: str
    past: str
    ing: str
    polite: str
    plain: str
    past_stem: str
    past_end: str
    negative: str
    lasting: bool
    objects: tuple[str, ...] = ()
    particle: str = "を"


class Place(NamedTuple):
    """Where something is (in the park, 公園) and where one goes (to the park, 公園)."""

    preposition: str
    en: str
    ja: tuple[str, ...]
    goal: str


def _nouns(text: str) -> tuple[Noun, ...]:
    return tuple(Noun(*(part.strip() for part in item.split(","))) for item in text.split(";"))


def _verbs(text: str) -> tuple[Verb, ...]:
    found = []
    for line in text.strip().splitlines():
        english, japanese, lasting, *rest = (part.strip() for part in line.split("|"))
        objects = tuple(rest[0].split()) if rest else ()
        base, third, past, ing = english.split(", ")
        polite, plain, stem, end, negative = japanese.split(" ")
        particle = rest[1] if len(rest) > 1 else "を"
        japanese_forms = (polite, plain, stem, end, negative)
        found.append(Verb(base, third, past, ing, *japanese_forms, lasting == "~", objects, particle))
    return tuple(found)


NOUNS: dict[str, tuple[Noun, ...]] = {
    "food": _nouns(
        "apple,apples,りんご,個; egg,eggs,卵,個; cake,cakes,ケーキ,個; banana,bananas,バナナ,本;"
        "orange,oranges,みかん,個; cookie,cookies,クッキー,枚; sandwich,sandwiches,サンドイッチ,個;"
        "bread,,パン,; rice,,ご飯,; meat,,肉,; cheese,,チーズ,"
    ),
    "drink": _nouns("water,,水,; tea,,お茶,; coffee,,コーヒー,; milk,,牛乳,; juice,,ジュース,"),
    "text": _nouns("book,books,本,冊; letter,letters,手紙,通; poem,poems,詩,; story,stories,物語,"),
    "paper": _nouns("newspaper,,新聞,; magazine,magazines,雑誌,冊"),
    "thing": _nouns(
        "pen,pens,ペン,本; umbrella,umbrellas,傘,本; bag,bags,かばん,個; camera,cameras,カメラ,台;"
        "watch,watches,時計,個; hat,hats,帽子,個; shirt,shirts,シャツ,枚; coat,coats,コート,着;"
        "key,keys,鍵,本; picture,pictures,絵,枚; ticket,tickets,切符,枚; ball,balls,ボール,個;"
        "box,boxes,箱,個; flower,flowers,花,本; chair,chairs,いす,脚; computer,computers,パソコン,台;"
        "phone,phones,電話,台; ring,rings,指輪,個; lamp,lamps,ランプ,台; map,maps,地図,枚;"
        "cup,cups,カップ,個; knife,knives,ナイフ,本; bicycle,bicycles,自転車,台; car,cars,車,台"
    ),
    "building": _nouns(
        "house,houses,家,軒; bridge,,橋,; castle,,城,; tower,,塔,; school,,学校,; hospital,,病院,;"
        "boat,boats,船,隻"
    ),
    "opening": _nouns("door,doors,ドア,枚; window,windows,窓,枚; box,boxes,箱,個; bag,bags,かばん,個"),
    "instrument": _nouns("piano,,ピアノ,; guitar,,ギター,; violin,,バイオリン,; flute,,笛,"),
    "animal": _nouns(
        "cat,cats,猫,匹; dog,dogs,犬,匹; bird,birds,鳥,羽; horse,horses,馬,頭; rabbit,rabbits,うさぎ,羽;"
        "bear,bears,熊,頭; fox,foxes,きつね,匹; cow,cows,牛,頭; mouse,mice,ねずみ,匹; lion,lions,ライオン,頭;"
        "elephant,elephants,象,頭; fish,fish,魚,匹"
    ),
    "person": _nouns(
        "teacher,teachers,先生,人; doctor,doctors,医者,人; student,students,学生,人;"
        "child,children,子ども,人;"
        "king,,王様,; queen,,女王,; friend,friends,友だち,人; cook,cooks,料理人,人; farmer,farmers,農夫,人;"
        "singer,singers,歌手,人; writer,writers,作家,人; boy,boys,男の子,人; girl,girls,女の子,人;"
        "man,men,男の人,人; woman,women,女の人,人; driver,drivers,運転手,人; nurse,nurses,看護師,人;"
        "artist,artists,画家,人"
    ),
}
PETS = tuple(noun for noun in NOUNS["animal"] if noun.en in ("cat", "dog", "bird", "horse", "rabbit", "fish"))
LANDMARKS = _nouns(
    "table,,テーブル,; tree,,木,; house,,家,; bed,,ベッド,; car,,車,; door,,ドア,; chair,,いす,; bridge,,橋,"
)
# Names and family with "he" or "she", for a second clause about them.
KIN = (
    ("mother", "母", "she"), ("father", "父", "he"), ("grandfather", "祖父", "he"),
    ("grandmother", "祖母", "she"), ("uncle", "おじ", "he"), ("aunt", "おば", "she"),
    ("sister", "妹", "she"), ("brother", "弟", "he"),
)  # fmt: skip
NAMES = (
    ("Tom", "トム", "he"), ("Mary", "メアリー", "she"), ("Ken", "健", "he"), ("Hanako", "花子", "she"),
    ("Yuki", "ユキ", "she"), ("Anna", "アンナ", "she"),
)  # fmt: skip
PRONOUNS = (
    ("I", "私", "my"), ("you", "あなた", "your"), ("he", "彼", "his"), ("she", "彼女", "her"),
    ("we", "私たち", "our"), ("they", "彼ら", "their"),
)  # fmt: skip
PLACES = tuple(
    Place(preposition, en, tuple(ja.split()), ja.split()[0])
    for preposition, en, ja in (
        ("in", "the park", "公園"), ("in", "the library", "図書館"), ("at", "the station", "駅"),
        ("in", "the kitchen", "台所"), ("in", "the garden", "庭"), ("at", "the restaurant", "レストラン"),
        ("at", "the hospital", "病院"), ("at", "the office", "会社"), ("by", "the sea", "海 の そば"),
        ("in", "the mountains", "山"), ("in", "the forest", "森"), ("in", "the town", "町"),
        ("at", "the shop", "店"), ("in", "Tokyo", "東京"), ("in", "the room", "部屋"),
        ("by", "the river", "川 の そば"), ("at", "the zoo", "動物園"), ("in", "the museum", "美術館"),
        ("at", "school", "学校"), ("in", "London", "ロンドン"), ("in", "Kyoto", "京都"),
    )
)  # fmt: skip
RELATIONS = (("on", "上"), ("under", "下"), ("in front of", "前"), ("behind", "後ろ"), ("near", "近く"))
TIMES = {
    "past": (
        ("yesterday", "昨日"), ("last week", "先週"), ("this morning", "今朝"), ("last night", "昨夜"),
        ("last year", "去年"),
    ),
    "present": (("every day", "毎日"), ("every morning", "毎朝"), ("every week", "毎週")),
    "future": (("tomorrow", "明日"), ("next week", "来週"), ("tonight", "今夜")),
    "progressive": (("now", "今"),),
}  # fmt: skip
NUMBERS = (("two", "二"), ("three", "三"), ("four", "四"), ("five", "五"), ("ten", "十"))

# base, third, past, ing | ます, plain, past, ない | ~ if it lasts | objects | particle
TRANSITIVE = _verbs("""
eat, eats, ate, eating | 食べ 食べる 食べ た 食べ | ~ | food
drink, drinks, drank, drinking | 飲み 飲む 飲ん だ 飲ま | ~ | drink
read, reads, read, reading | 読み 読む 読ん だ 読ま | ~ | text paper
write, writes, wrote, writing | 書き 書く 書い た 書か | ~ | text
buy, buys, bought, buying | 買い 買う 買っ た 買わ | | food drink text paper thing building instrument
sell, sells, sold, selling | 売り 売る 売っ た 売ら | ~ | food text paper thing building instrument
build, builds, built, building | 建て 建てる 建て た 建て | ~ | building
make, makes, made, making | 作り 作る 作っ た 作ら | ~ | food thing
see, sees, saw, seeing | 見 見る 見 た 見 | | animal building thing
find, finds, found, finding | 見つけ 見つける 見つけ た 見つけ | | animal thing text
draw, draws, drew, drawing | 描き 描く 描い た 描か | ~ | animal building thing person
break, breaks, broke, breaking | 壊し 壊す 壊し た 壊さ | | thing opening instrument
wash, washes, washed, washing | 洗い 洗う 洗っ た 洗わ | ~ | thing food
use, uses, used, using | 使い 使う 使っ た 使わ | ~ | thing
carry, carries, carried, carrying | 運び 運ぶ 運ん だ 運ば | ~ | thing food drink
look for, looks for, looked for, looking for | 探し 探す 探し た 探さ | ~ | animal thing text person
open, opens, opened, opening | 開け 開ける 開け た 開け | | opening
close, closes, closed, closing | 閉め 閉める 閉め た 閉め | | opening
play, plays, played, playing | 弾き 弾く 弾い た 弾か | ~ | instrument
help, helps, helped, helping | 助け 助ける 助け た 助け | ~ | person animal
meet, meets, met, meeting | 会い 会う 会っ た 会わ | | person | に
forget, forgets, forgot, forgetting | 忘れ 忘れる 忘れ た 忘れ | | thing text
choose, chooses, chose, choosing | 選び 選ぶ 選ん だ 選ば | ~ | thing text food
""")
INTRANSITIVE = _verbs("""
run, runs, ran, running | 走り 走る 走っ た 走ら | ~
swim, swims, swam, swimming | 泳ぎ 泳ぐ 泳い だ 泳が | ~
sleep, sleeps, slept, sleeping | 寝 寝る 寝 た 寝 | ~
sing, sings, sang, singing | 歌い 歌う 歌っ た 歌わ | ~
dance, dances, danced, dancing | 踊り 踊る 踊っ た 踊ら | ~
work, works, worked, working | 働き 働く 働い た 働か | ~
cry, cries, cried, crying | 泣き 泣く 泣い た 泣か | ~
laugh, laughs, laughed, laughing | 笑い 笑う 笑っ た 笑わ | ~
walk, walks, walked, walking | 歩き 歩く 歩い た 歩か | ~
wait, waits, waited, waiting | 待ち 待つ 待っ た 待た | ~
rest, rests, rested, resting | 休み 休む 休ん だ 休ま | ~
""")
MOTION = _verbs("""
go, goes, went, going | 行き 行く 行っ た 行か |
come, comes, came, coming | 来 来る 来 た 来 |
return, returns, returned, returning | 帰り 帰る 帰っ た 帰ら |
""")
GIVING = _verbs("""
give, gives, gave, giving | あげ あげる あげ た あげ |
send, sends, sent, sending | 送り 送る 送っ た 送ら |
show, shows, showed, showing | 見せ 見せる 見せ た 見せ |
lend, lends, lent, lending | 貸し 貸す 貸し た 貸さ |
""")

# い-adjectives lose their last い: 大き い, く, かった. な-adjectives behave like nouns.
I_ADJECTIVES = {
    "big": "大き", "small": "小さ", "red": "赤", "blue": "青", "white": "白", "black": "黒", "new": "新し",
    "old": "古", "expensive": "高", "cheap": "安", "heavy": "重", "light": "軽", "interesting": "おもしろ",
    "beautiful": "美し", "long": "長", "short": "短", "strong": "強", "delicious": "おいし", "cute": "かわい",
    "busy": "忙し", "young": "若", "kind": "やさし", "fast": "速", "sad": "悲し", "sleepy": "眠",
}  # fmt: skip
NA_ADJECTIVES = {
    "quiet": "静か", "famous": "有名", "clean": "きれい", "convenient": "便利", "important": "大切",
    "healthy": "元気", "strange": "変", "free": "暇",
}  # fmt: skip
ADJECTIVES = {
    "thing": "big small red blue white black new old expensive cheap heavy light beautiful clean convenient "
    "important strange",
    "food": "big small delicious expensive cheap strange",
    "drink": "delicious expensive cheap strange",
    "text": "new old interesting long short important strange famous",
    "paper": "new old interesting important strange famous",
    "building": "big small new old white beautiful famous quiet",
    "opening": "big small red white new old heavy",
    "instrument": "new old expensive beautiful black",
    "animal": "big small white black cute strong young fast strange",
    "person": "young kind famous strong strange busy",
}
OF_PEOPLE = "young kind famous strong strange busy healthy free quiet".split()
FEELINGS = ("sad", "sleepy")  # Japanese says them of oneself alone, and asks you
COMPARATIVES = {
    "big": "bigger", "small": "smaller", "strong": "stronger", "fast": "faster", "heavy": "heavier",
    "light": "lighter", "cheap": "cheaper", "old": "older", "new": "newer", "cute": "cuter",
    "expensive": "more expensive", "beautiful": "more beautiful", "famous": "more famous",
}  # fmt: skip
