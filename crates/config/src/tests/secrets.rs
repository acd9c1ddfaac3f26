//! Secrets: never in what can be printed, and only from where they may come.

use super::{LEAST, complaints, load, load_with, with};
use crate::{Config, Secret, SecretPlace, credentials, read_secret_file};
use std::os::unix::fs::PermissionsExt;

const SECRET: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";

/// Everything that a load can print.
fn prints(text: &str, environment: &[(&str, &str)]) -> String {
    match load_with(text, environment, &[]) {
        Ok(loaded) => {
            format!("{loaded:?} {} {} {}", loaded.canonical, loaded.table(), loaded.json())
        }
        Err(faults) => faults.iter().map(|fault| format!("{fault} {fault:?}")).collect(),
    }
}

#[test]
fn a_secret_in_any_wrong_place_is_not_repeated() {
    for line in [
        "secret_env = \"SECRET\"",
        "key_env = \"SECRET\"",
        "secret_env = [\"SECRET\"]",
        "secret_env = { value = \"SECRET\" }",
        "secret = \"SECRET\"",
        "api_secret = \"SECRET\"",
        "rest = \"https://user:SECRET@example.org\"",
        "ws = \"wss://example.org/?token=SECRET\"",
        "ws = \"SECRET\"",
        "frobnicate = \"SECRET\"",
        "secret_env = \"SECRET",
    ] {
        let line = line.replace("SECRET", SECRET);
        let text = with("network = \"embedded\"", &format!("network = \"embedded\"\n{line}"));
        let printed = prints(&text, &[]);
        assert!(load(&text).is_err(), "{line}");
        assert!(!printed.contains(SECRET) && !printed.contains(&SECRET[..20]), "{printed}");
    }
    let printed = prints(LEAST, &[("ALTHING__VENUES__BINANCE__SECRET", SECRET)]);
    assert!(
        printed.contains("secrets are never in a configuration") && !printed.contains(SECRET),
        "{printed}"
    );
    let printed = prints(LEAST, &[("ALTHING__VENUES__BINANCE__SECRET_ENV", SECRET)]);
    assert!(!printed.contains(SECRET), "{printed}");
}

#[test]
fn a_secret_in_its_variable_is_never_read_by_the_loader() {
    let text = with(
        "network = \"embedded\"",
        "network = \"embedded\"\nkey_env = \"MY_KEY\"\nsecret_env = \"MY_SECRET\"",
    );
    let printed = prints(&text, &[("MY_SECRET", SECRET), ("MY_KEY", "key")]);
    assert!(printed.contains("MY_SECRET") && !printed.contains(SECRET), "{printed}");
}

#[test]
fn key_and_secret_come_together_and_from_one_place() {
    let venue = |lines: &str| {
        complaints(load(&with(
            "network = \"embedded\"",
            &format!("network = \"embedded\"\n{lines}"),
        )))
    };
    assert!(
        venue("key_env = \"A\"")[0]
            .contains("venues.binance.secret_env: orders to this venue need an API secret")
    );
    assert!(
        venue("secret_env = \"A\"")[0]
            .contains("venues.binance.key_env: orders to this venue need an API key")
    );
    assert!(
        venue("key_env = \"K\"\nsecret_env = \"A\"\nsecret_file = \"f\"")[0].contains("two places")
    );
}

fn config_with_file(path: &std::path::Path) -> Config {
    let lines = format!(
        "network = \"embedded\"\nkey_env = \"K\"\nsecret_file = {:?}",
        path.display().to_string()
    );
    load(&with("network = \"embedded\"", &lines)).expect("it loads").config
}

#[test]
fn a_secret_file_must_be_its_owners_alone() {
    let path = std::env::temp_dir().join(format!("althing-secret-{}", std::process::id()));
    std::fs::write(&path, format!("{SECRET}\n")).expect("a file");
    let config = config_with_file(&path);
    let venue = &config.venues["binance"];
    assert_eq!(venue.secret, Some(SecretPlace::File(path.clone())));
    let key = |name: &str| (name == "K").then(|| "key".to_owned());
    for mode in [0o644, 0o640, 0o604, 0o700, 0o4600] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("chmod");
        let error = credentials(venue, key).expect_err("others may read it").to_string();
        assert!(error.contains("chmod 600") && !error.contains(SECRET), "{error}");
    }
    for mode in [0o600, 0o400] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("chmod");
        let found = credentials(venue, key).expect("it may be read").expect("it is named");
        assert_eq!(found.secret.expose(), SECRET);
        assert!(!format!("{found:?}").contains(SECRET));
    }
    std::fs::remove_file(&path).expect("gone");
    assert!(
        read_secret_file(&path)
            .expect_err("no file")
            .to_string()
            .contains("name a file that exists")
    );
    assert!(read_secret_file(&std::env::temp_dir()).is_err());
}

#[test]
fn a_variable_must_be_set() {
    let text = with(
        "network = \"embedded\"",
        "network = \"embedded\"\nkey_env = \"K\"\nsecret_env = \"S\"",
    );
    let config = load(&text).expect("it loads").config;
    let venue = &config.venues["binance"];
    let unset = credentials(venue, |name| (name == "S").then(|| SECRET.to_owned()));
    assert_eq!(
        unset.expect_err("K is not set").to_string(),
        "environment variable K is not set; export it"
    );
    assert!(credentials(venue, |_| Some(" ".to_owned())).is_err());
    let found = credentials(venue, |name| Some(format!("{name} "))).expect("both").expect("named");
    assert_eq!(
        (found.key, found.secret),
        (Secret::new("K".to_owned()), Secret::new("S".to_owned()))
    );
    let least = load(LEAST).expect("it loads").config;
    assert_eq!(credentials(&least.venues["binance"], |_| None), Ok(None));
}
