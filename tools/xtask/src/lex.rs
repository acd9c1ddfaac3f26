//! Rust text without its comments and without the inside of its strings, line
//! for line, so that a check looks at code only.
//!
//! A scanner, not a parser: it also sees into macros, and a file that does not
//! compile yet is scanned as well as any. Read by the checks of `tidy`.

/// The text with every comment and every inside of a string or character
/// replaced by spaces; line breaks stay where they are.
pub(crate) fn code(text: &str) -> String {
    let mut scan = Scan { chars: text.chars().collect(), at: 0, out: String::new() };
    while scan.at < scan.chars.len() {
        scan.step();
    }
    scan.out
}

/// Whether `word` stands in `line` as a word of its own.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

struct Scan {
    chars: Vec<char>,
    at: usize,
    out: String,
}

impl Scan {
    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => self.blank_while(|scan| scan.peek(0) != '\n'),
            ('/', '*') => self.blank_comment(),
            ('"', _) => self.blank_string(),
            ('\'', _) => self.character_or_lifetime(),
            ('r', '"' | '#') if self.starts_word() => self.raw_string_or_name(),
            ('b' | 'c', 'r') if self.starts_word() && matches!(self.peek(2), '"' | '#') => {
                self.keep();
                self.raw_string_or_name();
            }
            _ => self.keep(),
        }
    }

    /// The character `ahead` of here; a zero beyond the end.
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn starts_word(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.chars.get(at));
        !before.is_some_and(|c| c.is_alphanumeric() || *c == '_')
    }

    fn keep(&mut self) {
        if self.at < self.chars.len() {
            self.out.push(self.chars[self.at]);
            self.at += 1;
        }
    }

    fn blank(&mut self) {
        if self.at < self.chars.len() {
            self.out.push(if self.chars[self.at] == '\n' { '\n' } else { ' ' });
            self.at += 1;
        }
    }

    fn blank_while(&mut self, goes_on: impl Fn(&Self) -> bool) {
        while self.at < self.chars.len() && goes_on(self) {
            self.blank();
        }
    }

    /// `/* … */`, which nests.
    fn blank_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.blank();
                    continue;
                }
            }
            self.blank();
            self.blank();
            if depth == 0 {
                return;
            }
        }
    }

    fn blank_string(&mut self) {
        self.keep();
        while self.at < self.chars.len() && self.peek(0) != '"' {
            if self.peek(0) == '\\' {
                self.blank();
            }
            self.blank();
        }
        self.keep();
    }

    fn character_or_lifetime(&mut self) {
        let escaped = self.peek(1) == '\\';
        if !escaped && self.peek(2) != '\'' {
            // A lifetime or a label.
            self.keep();
            return;
        }
        self.keep();
        if escaped {
            self.blank();
        }
        self.blank();
        self.blank_while(|scan| scan.peek(0) != '\'');
        self.keep();
    }

    /// `r"…"`, `r#"…"#` and so on, or a raw name like `r#type`.
    fn raw_string_or_name(&mut self) {
        let mut hashes = 0;
        while self.peek(1 + hashes) == '#' {
            hashes += 1;
        }
        self.keep();
        if self.peek(hashes) != '"' {
            return;
        }
        for _ in 0..=hashes {
            self.keep();
        }
        let closes =
            |scan: &Self| scan.peek(0) == '"' && (1..=hashes).all(|ahead| scan.peek(ahead) == '#');
        self.blank_while(|scan| !closes(scan));
        for _ in 0..=hashes {
            self.keep();
        }
    }
}
