//! docs/configuration.md, written from the schema so that it cannot go stale.
//!
//! Fed by the key table and the registries; a test compares it with the file.

use crate::keys::SECTIONS;
use crate::schema::{Given, Kind, Section, given_of, kind_of};
use crate::{Registered, Registries};
use std::fmt::Write;

const HEAD: &str = "# Configuration

This page is generated from the schema; a test keeps it equal to the code.

The engine reads one TOML file (`--config FILE`; without one, the built-in `configs/demo.toml`).
Over it come environment variables, and over those the flags of the command line.
`ALTHING__COUNCIL__THRESHOLD=0.6` sets `council.threshold`; two underscores stand for a point, a number for a place in a list: `ALTHING__COUNCIL__MEMBER__0__WEIGHT` sets the `weight` of the first `[[council.member]]`.
Lists are written with commas there: `ALTHING__INSTRUMENTS__IDS=BTCUSDT-PERP.BINANCE,ETHUSDT-PERP.BINANCE`.

An unknown key is refused, and the nearest known one is named.
Everything that is wrong is reported at once, each with file, line and column.
Prices, quantities and money are decimals in quotes, `\"0.5\"`: a number without quotes would \
    pass through binary floating point.
Secrets are never in the file: a venue names the environment variable, or the file of mode 0600, that holds its secret.
The engine never writes to your file.

`althing config check` judges a file, `config show` lists every value in force and where it came from, `config hash` prints the hash.
The hash is the SHA-256 of the canonical text: every value in force, one a line, sorted, defaults included.
Keys marked *free* change no decision and are left out of it, so that a replay in another layout or directory has the same hash.
";

/// The page.
#[must_use]
pub fn document(registries: &Registries<'_>) -> String {
    let mut out = HEAD.to_owned();
    for section in SECTIONS {
        one_section(&mut out, section, registries);
        if section.path == "council.member[]" {
            entries(&mut out, "Members", registries.members, registries);
        }
        if section.path == "indicators" {
            entries(&mut out, "Indicators", registries.indicators, registries);
        }
    }
    line(&mut out, "\n## `[risk.RULE]`\n");
    line(
        &mut out,
        "Every registered rule must be here: with its limits, or with `off = \"the reason\"` \
            alone.",
    );
    for rule in registries.rules {
        if let Some(why) = rule.unless_named {
            let name = rule.name;
            line(&mut out, &format!("Only `{name}` may be left out; it is off then: {why}."));
        }
    }
    line(
        &mut out,
        "`[risk.RULE.instruments.SYMBOL]` gives one instrument limits of its own, all of them.",
    );
    line(&mut out, "They judge in this order, and the first refusal wins.");
    entries(&mut out, "Rules", registries.rules, registries);
    out
}

fn one_section(out: &mut String, section: &Section, registries: &Registries<'_>) {
    let title = match section.path {
        "" => "The top".to_owned(),
        "venues.*" => "`[venues.NAME]`".to_owned(),
        "council.member[]" => "`[[council.member]]`".to_owned(),
        path => format!("`[{path}]`"),
    };
    line(out, &format!("\n## {title}\n\n{}\n", section.doc));
    line(out, "| key | takes | default | meaning | why |\n|---|---|---|---|---|");
    for key in section.keys {
        let free = if key.volatile { " *free*" } else { "" };
        let name = if key.name == "*" { "NAME" } else { key.name };
        let takes = cell(&takes(key.kind, registries));
        let given = cell(&given(key.given));
        line(
            out,
            &format!(
                "| `{name}`{free} | {takes} | {given} | {} | {} |",
                cell(key.doc),
                cell(key.why)
            ),
        );
    }
}

/// The indicators' own list is long and follows as a table.
fn takes(kind: Kind, registries: &Registries<'_>) -> String {
    match kind {
        Kind::List { of: crate::schema::Form::Indicator, min, max } => {
            format!("a list of {min} to {max} of the indicators below")
        }
        _ => kind.words(registries),
    }
}

fn entries(out: &mut String, title: &str, list: &[Registered<'_>], registries: &Registries<'_>) {
    line(out, &format!("\n### {title}\n"));
    for entry in list {
        line(out, &format!("**`{}`**: {}\n", entry.name, entry.doc));
        for role in entry.inputs {
            let usual = role.usual.map_or_else(|| "none".to_owned(), |label| format!("`{label}`"));
            let text = format!("Input `{}`: {}; usually {usual}.\n", role.name, role.doc);
            line(out, &text);
        }
        if entry.params.is_empty() {
            line(out, "It takes no parameter.\n");
            continue;
        }
        line(out, "| parameter | takes | default | meaning |\n|---|---|---|---|");
        for spec in entry.params {
            let takes = cell(&kind_of(spec).words(registries));
            let given = cell(&given(given_of(spec)));
            line(out, &format!("| `{}` | {takes} | {given} | {} |", spec.name, cell(spec.doc)));
        }
        line(out, "");
    }
}

fn given(given: Given) -> String {
    match given {
        Given::Required => "must be given".to_owned(),
        Given::Optional => "none".to_owned(),
        given => given.scalar().map_or_else(String::new, |value| format!("`{value}`")),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn line(out: &mut String, text: &str) {
    // Invariant: writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}
