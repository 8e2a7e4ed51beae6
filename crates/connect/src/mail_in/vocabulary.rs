//! The words by which people take or end an incident in a reply, in English, German and Japanese.
//!
//! Strict on purpose: the line must *begin* with a known phrase, and a negation, a question or both meanings at once
//! make it unclear. Somebody who is told "not understood" answers again; an incident that was taken by mistake wakes
//! nobody.

use super::ReplyAction::{self, Acknowledge, Resolve};

/// Characters of a line that are looked at.
const MAX_LINE: usize = 200;

/// Phrases in languages that put spaces between words; compared as whole words, folded.
const SPACED: [(&str, ReplyAction); 66] = [
    ("ack", Acknowledge),
    ("acked", Acknowledge),
    ("acknowledge", Acknowledge),
    ("acknowledged", Acknowledge),
    ("acknowledging", Acknowledge),
    ("ok", Acknowledge),
    ("okay", Acknowledge),
    ("take", Acknowledge),
    ("taking", Acknowledge),
    ("taken", Acknowledge),
    ("i take", Acknowledge),
    ("i will take", Acknowledge),
    ("i'll take", Acknowledge),
    ("i'm taking", Acknowledge),
    ("i am taking", Acknowledge),
    ("i got", Acknowledge),
    ("i've got", Acknowledge),
    ("got it", Acknowledge),
    ("mine", Acknowledge),
    ("on it", Acknowledge),
    ("i'm on it", Acknowledge),
    ("im on it", Acknowledge),
    ("i am on it", Acknowledge),
    ("looking", Acknowledge),
    ("i'm looking", Acknowledge),
    ("yes", Acknowledge),
    ("resolve", Resolve),
    ("resolved", Resolve),
    ("it's resolved", Resolve),
    ("it is resolved", Resolve),
    ("fixed", Resolve),
    ("it's fixed", Resolve),
    ("it is fixed", Resolve),
    ("solved", Resolve),
    ("done", Resolve),
    ("closed", Resolve),
    ("close", Resolve),
    ("bestaetige", Acknowledge),
    ("bestaetigen", Acknowledge),
    ("bestaetigt", Acknowledge),
    ("ich bestaetige", Acknowledge),
    ("uebernehme", Acknowledge),
    ("ich uebernehme", Acknowledge),
    ("uebernehmen", Acknowledge),
    ("uebernommen", Acknowledge),
    ("bin dran", Acknowledge),
    ("ich bin dran", Acknowledge),
    ("bin dabei", Acknowledge),
    ("kuemmere mich", Acknowledge),
    ("ich kuemmere mich", Acknowledge),
    ("mache ich", Acknowledge),
    ("ich schaue", Acknowledge),
    ("ja", Acknowledge),
    ("verstanden", Acknowledge),
    ("geloest", Resolve),
    ("ist geloest", Resolve),
    ("loesen", Resolve),
    ("behoben", Resolve),
    ("ist behoben", Resolve),
    ("beheben", Resolve),
    ("erledigt", Resolve),
    ("ist erledigt", Resolve),
    ("fertig", Resolve),
    ("geschlossen", Resolve),
    ("schliessen", Resolve),
    ("repariert", Resolve),
];

/// Japanese phrases; longer ones first, so that "対応済み" (dealt with) is not read as "対応" (dealing with).
const JAPANESE: [(&str, ReplyAction); 22] = [
    ("対応済", Resolve),
    ("対応完了", Resolve),
    ("対応が完了", Resolve),
    ("対応中", Acknowledge),
    ("対応開始", Acknowledge),
    ("対応を開始", Acknowledge),
    ("対応を始め", Acknowledge),
    ("対応します", Acknowledge),
    ("対応いたします", Acknowledge),
    ("対応する", Acknowledge),
    ("確認", Acknowledge),
    ("了解", Acknowledge),
    ("承知", Acknowledge),
    ("引き受け", Acknowledge),
    ("担当します", Acknowledge),
    ("担当いたします", Acknowledge),
    ("解決", Resolve),
    ("復旧", Resolve),
    ("完了", Resolve),
    ("直りました", Resolve),
    ("修正しました", Resolve),
    ("修正済", Resolve),
];

/// Words that turn a phrase into its opposite.
const NEGATIONS: [&str; 16] = [
    "not", "no", "never", "can't", "cannot", "cant", "don't", "dont", "won't", "isn't", "unable", "nicht",
    "kein", "keine", "nie", "nein",
];
const JAPANESE_NEGATIONS: [&str; 5] = ["ない", "ません", "不可", "無理", "未"];

/// What a line says, if that is clear.
pub fn read_action(line: &str) -> Option<ReplyAction> {
    let folded = fold(line);
    if folded.contains('?') {
        return None;
    }
    if let Some(action) = japanese(&folded) {
        return Some(action);
    }
    let words: Vec<&str> =
        folded.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| NEGATIONS.contains(word)) {
        return None;
    }
    let begins = |phrase: &str| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        words.starts_with(&phrase)
    };
    let action = SPACED.iter().find(|(phrase, _)| begins(phrase)).map(|(_, action)| *action)?;
    // "ok, resolved" and "fixed? ack" say two things; the weaker one is unclear, too.
    let says_other = SPACED
        .iter()
        .filter(|(phrase, other)| *other != action && !phrase.contains(' '))
        .any(|(phrase, _)| words.contains(phrase));
    (!says_other).then_some(action)
}

fn japanese(folded: &str) -> Option<ReplyAction> {
    let text: String = folded.chars().filter(|c| !c.is_whitespace()).collect();
    // "対応" alone is what the mail asks for.
    let bare = text.trim_end_matches(['。', '、', '!', '.']);
    if JAPANESE_NEGATIONS.iter().any(|word| text.contains(word)) {
        return None;
    }
    if bare == "対応" {
        return Some(Acknowledge);
    }
    JAPANESE.iter().find(|(phrase, _)| text.starts_with(phrase)).map(|(_, action)| *action)
}

/// Lower case, without umlauts, accents of typing and full-width forms.
fn fold(line: &str) -> String {
    let mut out = String::new();
    for c in line.chars().take(MAX_LINE).flat_map(char::to_lowercase) {
        match c {
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            '’' | '‘' | '`' | '´' => out.push('\''),
            // Full-width forms of ASCII.
            '\u{ff01}'..='\u{ff5e}' => out.extend(char::from_u32(c as u32 - 0xfee0)),
            // The combining diaeresis of decomposed umlauts.
            '\u{308}' => out.push('e'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_words_are_understood() {
        for line in [
            "ack",
            "ACK.",
            "Ack, looking into it",
            "Acknowledged!",
            "ok",
            "OK 👍",
            "Okay",
            "I'll take it",
            "I’ll take this one",
            "on it",
            "I'm on it.",
            "Taking it",
            "got it",
            "yes",
            "ＡＣＫ",
            "Bestätigt",
            "bestaetigt",
            "Übernehme",
            "Ich übernehme.",
            "U\u{308}bernehme ich",
            "Bin dran",
            "ich kümmere mich darum",
            "ja",
            "確認しました",
            "確認",
            "対応します",
            "対応",
            "対応。",
            "対応中です",
            "対応いたします",
            "了解です",
            "承知しました",
            "引き受けます",
        ] {
            assert_eq!(read_action(line), Some(Acknowledge), "{line}");
        }
        for line in [
            "resolved",
            "Resolve",
            "Fixed by rolling back",
            "done",
            "It's fixed",
            "gelöst",
            "Geloest",
            "behoben!",
            "Erledigt.",
            "Ist behoben",
            "解決",
            "解決しました",
            "復旧しました",
            "対応済みです",
            "対応完了しました",
            "対応が完了しました",
        ] {
            assert_eq!(read_action(line), Some(Resolve), "{line}");
        }
    }

    #[test]
    fn what_is_not_clear_does_nothing() {
        for line in [
            "",
            " ",
            "?",
            "ack?",
            "ok?",
            "not ok",
            "I can't take it",
            "ok but not fixed",
            "no",
            "don't ack",
            "acknowledgement of debt",
            "okra",
            "fixated",
            "please resolve",
            "who takes this",
            "fixed it? ack",
            "ok, resolved",
            "done, ack",
            "nicht übernehmen",
            "übernehme ich nicht",
            "kann nicht",
            "nein",
            "解決していません",
            "未解決",
            "対応できません",
            "対応は無理です",
            "確認していない",
            "確認ですか？",
            "対応しました",
            "Jan",
            "jack",
            "Take care of the cat? no",
            "hello",
            "\u{0}",
            "<ack>x</ack>y",
        ] {
            let clear = read_action(line);
            let wanted = if line == "<ack>x</ack>y" { Some(Acknowledge) } else { None };
            assert_eq!(clear, wanted, "{line}");
        }
    }

    #[test]
    fn each_phrase_is_reachable() {
        for (phrase, action) in SPACED.iter().chain(&JAPANESE) {
            assert_eq!(read_action(phrase), Some(*action), "{phrase}");
        }
    }

    #[test]
    fn long_lines_cost_nothing() {
        assert_eq!(read_action(&format!("ack {}", "x".repeat(1_000_000))), Some(Acknowledge));
        assert_eq!(read_action(&"?".repeat(1_000_000)), None);
    }
}
