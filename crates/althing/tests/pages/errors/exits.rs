//! The exit codes.

use super::{Code, Family};
use althing::failure::Failure;

pub(super) fn family() -> Family {
    // Those that a failure can have, from the code that makes failures.
    let makers: [fn(&str) -> Failure; 5] = [
        |text| Failure::failed(text),
        |text| Failure::usage(text),
        |text| Failure::config(text),
        |text| Failure::venue(text),
        |text| Failure::not_safe(text),
    ];
    let codes = makers.iter().map(|make| make("why").code);
    Family {
        folder: "exit",
        about: "An exit code of `althing`.",
        head: "exit code",
        seen: "`echo $?` after any verb; the sentence that goes with it is the last line on standard error.\n\
               With `--json`, verbs that read a journal also put `why`, and `at` where a place is at fault, into the document.",
        codes: std::iter::once(0).chain(codes).map(code).collect(),
    }
}

fn code(number: u8) -> Code {
    let (meaning, when, remedy, more, example) = match number {
        0 => (
            "what was asked for is done",
            "A run ended in order, a check held, a page was printed.\n\
             A journal that was not sealed is no failure either: what is there is read, and the rest is told on standard error.",
            "nothing",
            "A script that must not go on with an unsealed journal asks for `\"sealed\": true` in the document.",
            "$ althing journal verify JOURNAL\nintact: 1 segments, 60764 events, 182034 records, 73 orders\nsealed\n$ echo $?\n0",
        ),
        1 => (
            "something ran and did not hold",
            "A digest differs, a journal or a ledger is damaged, an order is in no journal, a disk is full, a promise of the summary was broken.",
            "read the sentence: it names the file, the byte and the sequence number, or the promise",
            "A damaged journal is restored from a copy, never edited: one changed byte breaks its chain.\n\
             A replay that differs is worth a report with the journal: `althing replay JOURNAL --verify --json` says at which record.\n\
             A full disk ends the run in order; make room and start again, the journal is whole up to its last flush.",
            "$ althing why 00000000000000000000000000000000 --journal JOURNAL\nalthing: order 00000000000000000000000000000000 is not in JOURNAL (--journal); `althing orders` lists those that are, and --journal names another journal",
        ),
        2 => (
            "a flag, a verb or a path makes no sense, or two flags do not go together",
            "A flag is misspelt, a file is not there, a directory is given where a file belongs, a question to the ledger is no SELECT.\nNothing was started.",
            "`althing --help` and `althing VERB --help` list what there is",
            "A value that is out of range is told with what is allowed.",
            "$ althing run --layout feed+gateway\nalthing: --layout feed+gateway: …; write auto, fused, pinned, or groups of the line such as feed+normalizer,indicator+council+risk,gateway",
        ),
        3 => (
            "a value of the configuration is missing, unknown or out of range",
            "A key is misspelt, a limit is not given, an environment variable overrides a key that does not exist, the venue's own limits do not allow what is asked.\n\
             Also where a recorded configuration, or the rules of a journal, are of a build that this one does not understand.\nNothing was started.",
            "`althing config check FILE` lists everything that is wrong at once, with line, column and remedy",
            "`althing config show FILE` says of each value whether it comes from the file, the environment, a flag or the default.",
            "$ althing config check my.toml\nalthing: my.toml:104:13: risk.price_collar.limit_ppm is \"1%\"; give an integer, parts per million: 10000",
        ),
        4 => (
            "the venue was not reached, refused, or did not come up in time",
            "The address does not answer, the key is refused, the specifications or the account could not be read, a connection or a book did not come up before the line could be armed.",
            "look at the venue's address, at the key and its rights, and at its status page",
            "Nothing is placed until both order connections and every book are up, so nothing has to be undone.\n\
             The sentence names what was not up and why it last failed.",
            "$ althing run --config configs/testnet.toml\nalthing: the line did not come up in 30 s: …",
        ),
        5 => (
            "the engine ended because it could not vouch for itself",
            "A thread has stopped, the line did not come to rest, an invariant did not hold, another engine runs on the same state directory, `mode = \"live\"` was asked for.\n\
             Where the line ran, the kill latch was raised first: nothing was placed after it.",
            "ask the venue which orders work: the sentence says what could be cancelled; then read `althing status`",
            "A state directory that is in use belongs to the other engine: stop that one, or give `--state` and another directory.\n\
             A panic above the sentence is a fault of this program: keep the journal and report it.",
            "$ althing run --config configs/paper.toml\nalthing: another engine runs on the state directory state; stop it, or give --state and another directory",
        ),
        other => panic!("exit code {other} has no page: write what it means in errors/exits.rs"),
    };
    Code {
        code: number.to_string(),
        meaning: meaning.to_owned(),
        when,
        remedy: remedy.to_owned(),
        more,
        example: example.to_owned(),
        extra: String::new(),
    }
}
