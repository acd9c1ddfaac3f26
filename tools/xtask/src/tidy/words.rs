//! Words that must not stand in any text of the tree: praise that a number
//! should replace, folders of one machine, hosts of package registries.
//!
//! The words are put together from halves so that this file passes itself.
//! Lock files are left out: Cargo writes them.

use crate::finding::Finding;
use crate::lex::has_word;
use crate::tree::{File, Tree};

/// Words that sell. Lower case; looked for in any case.
const PRAISE: [&str; 12] = [
    concat!("battle", "-tested"),
    concat!("blaz", "ing"),
    concat!("blaz", "ingly"),
    concat!("bullet", "proof"),
    concat!("cutting", "-edge"),
    concat!("effort", "lessly"),
    concat!("just ", "works"),
    concat!("lightning", "-fast"),
    concat!("revolution", "ary"),
    concat!("seam", "lessly"),
    concat!("sim", "ply"),
    concat!("world", "-class"),
];
/// First folders of absolute paths that exist on one machine only.
const FOLDERS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
/// Hosts of package registries.
const HOSTS: [&str; 8] = [
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("npmjs", ".com"),
    concat!("npmjs", ".org"),
    concat!("rubygems", ".org"),
    concat!("proxy.golang", ".org"),
    concat!("hub.docker", ".com"),
];

/// Looks at every text that people write.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|file| is_written(file)) {
        let text = file.text.as_deref().unwrap_or_default();
        for (number, line) in (1..).zip(text.lines()) {
            for (word, remedy) in hits(line) {
                found.push(Finding::new(&file.path, number, format!("says `{word}`"), remedy));
            }
        }
    }
    found
}

fn hits(line: &str) -> Vec<(&'static str, &'static str)> {
    let lower = line.to_lowercase();
    let praise = PRAISE.into_iter().filter(|word| has_word(&lower, word));
    let folders = FOLDERS.into_iter().filter(|folder| has_path(line, folder));
    let hosts = HOSTS.into_iter().filter(|host| lower.contains(host));
    praise
        .map(|word| (word, "say what was measured, or nothing"))
        .chain(folders.map(|folder| (folder, "use a path from the root of the repository")))
        .chain(hosts.map(|host| (host, "leave the registry to Cargo's own settings")))
        .collect()
}

/// Whether an absolute path begins with `folder`; a relative path may hold it.
fn has_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-~}$".contains(c))
    })
}

/// Texts that people write: sources, pages, settings and scripts; not captured
/// frames, seeds or lock files.
fn is_written(file: &File) -> bool {
    let scripts = file.path.starts_with("scripts/") || file.path.starts_with(".ci/");
    let kinds = ["md", "rs", "sh", "toml", "yaml", "yml"];
    file.text.is_some() && (scripts || kinds.contains(&file.extension()))
}
