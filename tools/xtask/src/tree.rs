//! The files of the repository, read once, for all checks.
//!
//! Git is not asked, because a source archive has none: what `.gitignore` names
//! is left out, and nothing else. Never here: a judgement about a file.

use std::path::Path;

/// Longest file that is read as text: ten times what may be committed, so that
/// what is too large is found by its size and not by a full memory.
const TEXT_MAX: u64 = 5 << 20;

/// One file.
pub(crate) struct File {
    /// Path from the root, with `/`.
    pub(crate) path: String,
    /// Size in bytes.
    pub(crate) bytes: u64,
    /// Its content; `None` when it is not UTF-8 or is huge.
    pub(crate) text: Option<String>,
}

impl File {
    /// What follows the last dot of its name; empty when there is none.
    pub(crate) fn extension(&self) -> &str {
        self.name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Its name without the folders.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether it holds tests, or what only tests use.
    pub(crate) fn is_test(&self) -> bool {
        let name = self.name();
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || self.path.contains("/benches/")
            || self.path.starts_with("benches/")
            || ["tests.rs", "fixture.rs", "naive.rs"].contains(&name)
    }
}

/// All files, sorted by path.
pub(crate) struct Tree {
    /// Sorted by path.
    pub(crate) files: Vec<File>,
}

impl Tree {
    /// Reads everything under `root` that `.gitignore` does not name.
    ///
    /// # Errors
    /// A sentence: what could not be read, or a `.gitignore` line that is not
    /// understood here.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let at = root.join(".gitignore");
        let text = std::fs::read_to_string(&at).map_err(|e| format!("{}: {e}", at.display()))?;
        let ignored = Ignored::parse(&text)?;
        let mut tree = Self { files: Vec::new() };
        tree.walk(root, "", &ignored)?;
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    /// A made-up tree.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut files: Vec<File> = files
            .iter()
            .map(|(path, text)| File {
                path: (*path).to_owned(),
                bytes: text.len() as u64,
                text: Some((*text).to_owned()),
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }

    /// The text of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        let at = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        self.files[at].text.as_deref()
    }

    /// Whether there is such a file.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok()
    }

    /// Every Rust file with its text.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&File, &str)> {
        self.files
            .iter()
            .filter(|file| file.extension() == "rs")
            .filter_map(|file| Some((file, file.text.as_deref()?)))
    }

    fn walk(&mut self, folder: &Path, under: &str, ignored: &Ignored) -> Result<(), String> {
        let say = |e: std::io::Error| format!("{}: {e}", folder.display());
        for entry in std::fs::read_dir(folder).map_err(say)? {
            let entry = entry.map_err(say)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if under.is_empty() { name } else { format!("{under}/{name}") };
            let kind = entry.file_type().map_err(say)?;
            if path == ".git" || ignored.has(&path) {
                continue;
            }
            if kind.is_dir() {
                self.walk(&entry.path(), &path, ignored)?;
            } else if kind.is_file() {
                // Gone since it was listed: a build or an editor works beside us.
                let Ok(size) = entry.metadata() else { continue };
                let text = if size.len() <= TEXT_MAX {
                    std::fs::read_to_string(entry.path()).ok()
                } else {
                    None
                };
                self.files.push(File { path, bytes: size.len(), text });
            }
        }
        Ok(())
    }
}

/// What `.gitignore` leaves out, in the two forms that the house uses.
pub(crate) struct Ignored {
    paths: Vec<String>,
    suffixes: Vec<String>,
}

impl Ignored {
    /// Reads the two forms `/path` and `*.suffix`.
    ///
    /// # Errors
    /// A sentence that names a line of any other form.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut ignored = Self { paths: Vec::new(), suffixes: Vec::new() };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(path) = line.strip_prefix('/') {
                ignored.paths.push(path.trim_end_matches('/').to_owned());
            } else if let Some(suffix) = line.strip_prefix('*') {
                ignored.suffixes.push(suffix.to_owned());
            } else if !line.starts_with('#') {
                return Err(format!(
                    ".gitignore: `{line}` is neither `/path` nor `*.suffix`; write it as one of \
                     them or teach tools/xtask/src/tree.rs its form"
                ));
            }
        }
        Ok(ignored)
    }

    /// Whether the file or folder is left out.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.iter().any(|ignored| ignored == path)
            || self.suffixes.iter().any(|suffix| path.ends_with(suffix.as_str()))
    }
}
