//! Every key of every file in `configs/` is explained where it stands: by a
//! comment behind it, or by one that ends right above it. What stands right
//! above the head of a table speaks for the table and its first key.

use crate::finding::Finding;
use crate::tree::Tree;

/// Looks at every TOML file under `configs/`.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.starts_with("configs/")) {
        let Some(text) = file.text.as_deref().filter(|_| file.extension() == "toml") else {
            continue;
        };
        if let Err(e) = text.parse::<toml::Table>() {
            let line = e.span().map_or(0, |span| text[..span.start].matches('\n').count() + 1);
            let what = format!("is not TOML: {}", e.message());
            found.push(Finding::new(&file.path, line, what, "mend it"));
            continue;
        }
        for (line, key) in bare_keys(text) {
            let what = format!("`{key}` has no comment");
            let remedy = "say behind it or right above it what it does, in which unit, and why";
            found.push(Finding::new(&file.path, line, what, remedy));
        }
    }
    found
}

/// Keys without a comment, with their lines. The text is valid TOML.
fn bare_keys(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut explained = false;
    let mut open = Value::default();
    for (number, line) in (1..).zip(text.lines()) {
        let inside = open.is_open();
        let mut own = open.read(line);
        if inside {
            // The rest of a value that began above; its key was judged there.
            explained = false;
            continue;
        }
        let line = line.trim();
        if line.starts_with('#') {
            explained = explained || is_explanation(line);
            continue;
        }
        if line.starts_with('[') {
            continue;
        }
        if let Some((key, _)) = line.split_once('=') {
            own = own.filter(|comment| is_explanation(comment));
            if !explained && own.is_none() {
                found.push((number, key.trim().to_owned()));
            }
        }
        explained = false;
    }
    found
}

/// Whether a comment says something: three letters in a row at least, and not a
/// key that was commented out.
fn is_explanation(comment: &str) -> bool {
    let said = comment.trim_start_matches('#').trim();
    let key = said.split_once('=').map_or("", |(key, _)| key.trim());
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-.\"".contains(c));
    let has_word = said.split(|c: char| !c.is_alphabetic()).any(|word| word.chars().count() >= 3);
    has_word && !is_key
}

/// Whether a value that began on a line goes on below it: an array or a string
/// of several lines.
#[derive(Default)]
struct Value {
    depth: usize,
    quotes: Option<&'static str>,
}

impl Value {
    const fn is_open(&self) -> bool {
        self.depth > 0 || self.quotes.is_some()
    }

    /// Reads one line; returns the comment at its end.
    fn read<'a>(&mut self, line: &'a str) -> Option<&'a str> {
        let mut at = 0;
        while at < line.len() {
            let rest = &line[at..];
            let step = rest.chars().next().map_or(1, char::len_utf8);
            at += match self.quotes {
                Some(quotes) if rest.starts_with(quotes) => {
                    self.quotes = None;
                    quotes.len()
                }
                Some("\"" | "\"\"\"") if rest.starts_with('\\') => {
                    step + rest[step..].chars().next().map_or(0, char::len_utf8)
                }
                Some(_) => step,
                None if rest.starts_with('#') => return Some(rest),
                None => self.outside(rest, step),
            };
        }
        // A string on one line ends with it in valid TOML.
        self.quotes = self.quotes.filter(|quotes| quotes.len() == 3);
        None
    }

    fn outside(&mut self, rest: &str, step: usize) -> usize {
        const QUOTES: [&str; 4] = ["\"\"\"", "'''", "\"", "'"];
        if let Some(quotes) = QUOTES.into_iter().find(|quotes| rest.starts_with(quotes)) {
            self.quotes = Some(quotes);
            return quotes.len();
        }
        match rest.as_bytes()[0] {
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        step
    }
}
