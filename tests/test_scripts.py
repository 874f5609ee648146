"""Short and misspelled texts, and scripts without spaces or with vowel signs: views serve them."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer as Twin

import torrential as tor
from languages import sentences

OPTIONS = {"norm": None, "alternate_sign": False, "n_features": 2**30}  # no two terms share one
VIEWS = ["word:1-2", "char:1-3", "char_wb:1-4"]
TEXTS = {
    "Chinese": "这部电影非常好看，值得一看。",
    "Japanese": "この映画はとても面白いです",
    "Korean": "이 영화는 정말 좋다",
    "Korean in letters": unicodedata.normalize("NFD", "이 영화는 정말 좋다"),
    "Thai": "ภาพยนตร์เรื่องนี้ดีมาก",
    "Lao": "ຮູບເງົານີ້ດີຫຼາຍ",
    "Khmer": "ខ្សែភាពយន្តនេះល្អណាស់",
    "Burmese": "ဒီရုပ်ရှင်ကောင်းတယ်",
    "Tibetan": "གློག་བརྙན་འདི་ཡག་པོ་འདུག",
    "Hindi": "यह फिल्म बहुत अच्छी है",
    "Hindi with joiners": "क्\u200dष और क्\u200cष",
    "Tamil": "இந்த படம் மிகவும் நன்றாக உள்ளது",
    "Persian with non-joiners": "می\u200cخواهم این کتاب\u200cها را بخوانم",
    "Arabic with vowel points": "اَلْكِتَابُ جَمِيلٌ",
    "Hebrew with points": "שָׁלוֹם עֲלֵיכֶם",
    "accents of their own": "cafe\u0301 nai\u0308ve",
    "full width": "Ｈｅｌｌｏ　ｗｏｒｌｄ！",
    "half-width kana": "ｶﾞｷﾞｸﾞ",
    "several scripts": "我爱Python和Rust, и ещё β-версия",
    "emoji": "👩\u200d👩\u200d👧 ❤\ufe0f🇫🇮",
    "beyond 16 bits": "𠮷野家 𐌰𐌱 𞤀𞤣",
    "one letter": "好",
}  # fmt: skip
PIECES = sorted({piece for text in TEXTS.values() for piece in text})


def counts(texts, **options):
    """Return terms and their counts, each term in a column of its own."""
    return tor.HashingVectorizer(**OPTIONS, **options).transform(texts)


def shared(a, b, **options):
    """Return the number of terms that two texts have in common, repeated ones included."""
    return counts([a], **options).minimum(counts([b], **options)).sum()


@given(st.lists(st.text(st.sampled_from(PIECES), max_size=20), max_size=4), st.sampled_from(VIEWS))
@settings(deadline=None)
def test_terms_of_all_scripts_are_those_of_scikit_learn(texts, view):
    texts = [*texts, *TEXTS.values()]
    kind, sizes = view.split(":")
    least, most = map(int, sizes.split("-"))
    twin = Twin(analyzer=kind, ngram_range=(least, most), **OPTIONS)
    assert abs(counts(texts, views=[view]) - twin.transform(texts)).nnz == 0


@pytest.mark.parametrize("name", TEXTS)
def test_every_character_is_a_term(name):
    text = TEXTS[name].lower()
    spaces = {character for character in text if character.isspace()}
    assert counts([text], views=["char:1"]).nnz == len(set(text))
    assert counts([text], views=["char_wb:1"]).nnz == len(set(text) - spaces) + 1  # around words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Chinese", ["这部电影非常好看", "值得一看"]),
        ("Hindi", ["यह", "बह", "अच"]),
        ("Thai", ["ภาพยนตร", "เร", "องน", "มาก"]),
        ("Persian with non-joiners", ["می", "خواهم", "این", "کتاب", "ها", "را", "بخوانم"]),
        ("emoji", []),
        ("one letter", []),
    ],
)
def test_words_end_at_vowel_signs_and_joiners(name, words):
    found = counts([TEXTS[name]])
    assert abs(found - counts([" ".join(words)])).nnz == 0
    assert found.sum() == len(words)


@pytest.mark.parametrize("name", TEXTS)
def test_composed_and_decomposed_texts_are_equal_without_accents(name):
    forms = [unicodedata.normalize(form, TEXTS[name]) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    rows = counts(forms, views=VIEWS, strip_accents="unicode")
    assert all(abs(rows[[0]] - rows[[i]]).nnz == 0 for i in range(1, 4))


def test_forms_of_a_text_differ_else():
    for forms in (["café", "cafe\u0301"], ["ｔｅａ", "tea"], ["می\u200cخواهم", "میخواهم"]):
        rows = counts(forms, views=["char_wb:1-4"])
        assert abs(rows[[0]] - rows[[1]]).nnz > 0


# Typing errors

ALPHABETS = [
    "abcdefghijklmnop",
    "абвгдежзиклмно",
    "कखगघचछजझाीेु",
    "กขคงจชซญดตะาิีุู",
    "中文字符表格式样本",
]
WORDS = st.sampled_from(ALPHABETS).flatmap(
    lambda alphabet: st.tuples(
        st.text(alphabet, min_size=6, max_size=20), st.sampled_from(alphabet)
    )
)


def misspelled(word, at, letter, kind):
    """Return a word with one error, and the number of places between letters that it touches."""
    if kind == "other":
        return word[:at] + letter + word[at + 1 :]
    if kind == "missing":
        return word[:at] + word[at + 1 :]
    if kind == "more":
        return word[:at] + letter + word[at:]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


@given(
    WORDS,
    st.integers(0, 4),
    st.sampled_from(["other", "missing", "more", "swapped"]),
    st.sampled_from([(1, 1), (2, 3), (1, 4), (3, 5)]),
)
@settings(deadline=None, max_examples=300)
def test_a_typing_error_spoils_the_ngrams_across_it_alone(case, at, kind, sizes):
    word, letter = case
    wrong = misspelled(word, at, letter, kind)
    for padding, analyzer in ((2, "char_wb"), (0, "char")):
        found = shared(word, wrong, analyzer=analyzer, ngram_range=sizes)
        n_terms = [max(len(word) + padding + 1 - n, 0) for n in range(sizes[0], sizes[1] + 1)]
        across = {"other": 0, "missing": 0, "more": -1, "swapped": 1}[kind]
        spoiled = [n + across for n in range(sizes[0], sizes[1] + 1)]
        assert found >= sum(max(n - m, 0) for n, m in zip(n_terms, spoiled, strict=True))
    if word != wrong and (word + wrong).isalpha():
        assert counts([word]).sum() == 1
        assert shared(word, wrong) == 0


INTENTS = {
    "cancel": "please terminate discontinue unsubscribe withdraw subscription immediately",
    "weather": "temperature forecast umbrella thunderstorm humidity sunshine tomorrow",
    "travel": "departure passport suitcase boarding timetable platform luggage",
    "cooking": "saucepan ingredients cinnamon oven tablespoon recipe chopping",
}


def errors_in(text, rng):
    """Return the text with one error in each word."""
    kinds = ["other", "missing", "more", "swapped"]
    words = text.split()
    return " ".join(
        misspelled(word, int(at), "x", str(kind))
        for word, at, kind in zip(
            words, rng.integers(0, 3, len(words)), rng.choice(kinds, len(words))
        )
    )


def test_misspelled_texts_are_predicted_by_characters_not_by_words():
    rng = np.random.default_rng(0)
    labels = np.repeat(list(INTENTS), 50)
    texts = [" ".join(rng.choice(INTENTS[label].split(), 3)) for label in labels]
    wrong = [errors_in(text, rng) for text in texts]
    words, both = (
        tor.TextClassifier(views=views, n_features=2**16, C=1.0, max_iter=3).fit(texts, labels)
        for views in (["word"], ["word", "char_wb:2-4"])
    )
    assert words.score(texts, labels) == both.score(texts, labels) == 1.0
    assert words.score(wrong, labels) == pytest.approx(1 / len(INTENTS), abs=0.05)
    assert both.score(wrong, labels) > 0.95


# Languages


@pytest.mark.parametrize("views", ["char_wb:1-4", "char:1-3", "word+char_wb:1-4"])
def test_languages_of_short_sentences_are_found_by_characters(views):
    to_learn, held_out = sentences()
    model = tor.TextClassifier(views=views, n_features=2**18, C=1.0, max_iter=5, idf="running")
    model.fit(*zip(*to_learn, strict=True))
    texts = [text for text, _ in held_out]
    assert not set(texts) & {text for text, _ in to_learn}
    found = model.predict(texts)
    assert [row for row, label in zip(held_out, found, strict=True) if row[1] != label] == []
