//! The code blocks of a Markdown page, found by their first line.

/// A fenced block.
pub(crate) struct Block<'a> {
    /// Line of its head in the page, from 1.
    pub(crate) line: usize,
    /// The lines after the head.
    pub(crate) body: Vec<&'a str>,
}

/// Every fenced block whose first line is `head`.
pub(crate) fn blocks<'a>(page: &'a str, head: &str) -> Vec<Block<'a>> {
    let mut found = Vec::new();
    let mut lines = (1..).zip(page.lines());
    while let Some((_, line)) = lines.next() {
        if !line.trim_start().starts_with("```") {
            continue;
        }
        let inside = lines.by_ref().take_while(|(_, line)| line.trim() != "```");
        let mut inside = inside.collect::<Vec<_>>().into_iter();
        if let Some((line, _)) = inside.next().filter(|(_, first)| first.trim() == head) {
            found.push(Block { line, body: inside.map(|(_, line)| line).collect() });
        }
    }
    found
}
