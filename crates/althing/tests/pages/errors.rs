//! Every code that the product shows, as data: docs/errors.md lists them, docs/errors/ has a page
//! for each.
//!
//! Each family is a match over the code's own list, so a new code does not compile, or does not
//! pass, without its meaning, its occasion, its remedy and its example. Never here: a code that the
//! code does not give.

mod books;
mod denied;
mod exits;
mod frames;
mod reports;

use std::fmt::Write;

/// A code.
pub(crate) struct Code {
    /// As the product writes it.
    pub(crate) code: String,
    /// What it says, without a full stop.
    pub(crate) meaning: String,
    /// When it happens: sentences, one a line.
    pub(crate) when: &'static str,
    /// What to do, without a full stop, for the table.
    pub(crate) remedy: String,
    /// What else to do: sentences, one a line; may be empty.
    pub(crate) more: &'static str,
    /// What the product writes or takes, as a fenced block's lines.
    pub(crate) example: String,
    /// What only some codes have: further sections.
    pub(crate) extra: String,
}

/// Codes of one sort.
pub(crate) struct Family {
    /// Its folder, and the name of its table.
    pub(crate) folder: &'static str,
    /// What a code of it is about: stands under its page's head.
    pub(crate) about: &'static str,
    /// How its codes are called in the table.
    pub(crate) head: &'static str,
    /// Where a user meets them: sentences, one a line, `CODE` standing for the code.
    pub(crate) seen: &'static str,
    /// All of them.
    pub(crate) codes: Vec<Code>,
}

/// Every family, in the order of the index.
pub(crate) fn families() -> [Family; 5] {
    [exits::family(), denied::family(), reports::family(), books::family(), frames::family()]
}

/// The table of a family, for the index; its codes lead to their pages.
pub(crate) fn table(folder: &str) -> Option<String> {
    let family = families().into_iter().find(|family| family.folder == folder)?;
    let mut out = format!("| {} | meaning | what to do |\n|---|---|---|\n", family.head);
    for code in &family.codes {
        let (name, file) = (&code.code, file_name(&code.code));
        let meaning = code.meaning.replace('|', "\\|");
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "| [`{name}`](errors/{folder}/{file}.md) | {meaning} | {} |",
            code.remedy.replace('|', "\\|")
        );
    }
    Some(out)
}

/// Every page below docs/errors: its path there, and its text.
pub(crate) fn pages() -> Vec<(String, String)> {
    let families = families();
    let of = |family: &Family| {
        let page = |code: &Code| {
            (format!("{}/{}.md", family.folder, file_name(&code.code)), page(family, code))
        };
        family.codes.iter().map(page).collect::<Vec<_>>()
    };
    families.iter().flat_map(of).collect()
}

fn file_name(code: &str) -> String {
    code.to_ascii_lowercase()
}

fn page(family: &Family, of: &Code) -> String {
    let code = &of.code;
    let mut out = format!("# `{code}`\n\n{} [All codes](../../errors.md).\n", family.about);
    let mut section = |head: &str, text: &str| {
        if !text.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(out, "\n## {head}\n\n{}\n", text.trim_end());
        }
    };
    section("What it means", &sentence(&of.meaning));
    section("When it happens", of.when);
    section("What to do", &format!("{}\n{}", sentence(&of.remedy), of.more));
    section("Example", &format!("```text\n{}\n```", of.example.trim_end()));
    section("Where it shows", &family.seen.replace("CODE", code));
    out + &of.extra
}

/// With a capital at its begin and a full stop at its end.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let stop = if words.ends_with(['.', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}
