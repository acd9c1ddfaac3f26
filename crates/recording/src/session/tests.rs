//! Files are closed whole, never overwritten, and readable as far as they go.

use super::*;
use crate::Survey;
use serde_json::json;
use std::sync::{Arc, Mutex};

const START: i64 = 1_700_000_000_123_456_789;
const FRAME: &str = r#"{"e":"trade","E":1,"T":1,"s":"BTCUSDT","t":1,"p":"1.0","q":"1","m":false}"#;

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("althing-session-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn header() -> Value {
    json!({"t": "header", "format": 2, "writer": "althing", "venue": "binance_usdm"})
}

#[test]
fn a_closed_file_has_its_name_its_sum_and_every_digit_of_its_stamps() {
    let folder = folder("closed");
    let path = folder.join("a.jsonl.zst");
    let mut file = SessionFile::create(&path, &header()).unwrap();
    file.opened(Nanos(START), ("c", "ws://x"), false).unwrap();
    file.frame(Nanos(START + 1), "c", FRAME).unwrap();
    assert!(!path.exists() && with_ending(&path, ".part").exists());
    let closed = file.seal(Nanos(START + 2)).unwrap().verify().unwrap();
    assert_eq!((closed.lines, closed.frames), (4, 1));
    let names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "the file and its sum: {names:?}");
    let sum = std::fs::read_to_string(with_ending(&path, ".sha256")).unwrap();
    assert_eq!(
        sum,
        format!("{}  a.jsonl.zst\n", hex(&Sha256::digest(std::fs::read(&path).unwrap())))
    );
    let survey = Survey::read(std::slice::from_ref(&path)).unwrap();
    assert_eq!(survey.span, Some((Nanos(START + 1), Nanos(START + 1))));
    assert!(survey.notes.is_empty(), "{:?}", survey.notes);
    let why = SessionFile::create(&path, &header()).err().unwrap().to_string();
    assert!(why.contains("nothing is overwritten"), "{why}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_damaged_file_is_not_given_its_name() {
    let folder = folder("damaged");
    let path = folder.join("a.jsonl.zst");
    let mut file = SessionFile::create(&path, &header()).unwrap();
    file.frame(Nanos(START), "c", FRAME).unwrap();
    let sealed = file.seal(Nanos(START)).unwrap();
    let part = with_ending(&path, ".part");
    let mut bytes = std::fs::read(&part).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&part, bytes).unwrap();
    let why = sealed.verify().unwrap_err().to_string();
    assert!(why.contains("check the disk") && !path.exists(), "{why}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_directory_that_may_not_be_written_is_named() {
    let why = SessionFile::create(Path::new("/proc/none/a.jsonl.zst"), &header()).err().unwrap();
    assert!(why.to_string().contains("--out"), "{why}");
}

/// A disk with so much room, in a real file.
struct Small {
    file: File,
    room: Arc<Mutex<usize>>,
}

impl Write for Small {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut room = self.room.lock().unwrap();
        let fits = bytes.len().min(*room);
        if fits == 0 {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        *room -= fits;
        self.file.write(&bytes[..fits])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Store for Small {
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_all()
    }
}

#[test]
fn a_full_disk_leaves_a_readable_file() {
    let folder = folder("full");
    let path = folder.join("a.jsonl.zst");
    let file = File::create(with_ending(&path, ".part")).unwrap();
    let room = Arc::new(Mutex::new(600));
    let store = Small { file, room };
    let mut file = SessionFile::over(&path, Box::new(store), &header()).unwrap();
    // A piece each: its life is over before the next line.
    let step = PIECE_LIFE + 1;
    let failed = (0..1000).find_map(|turn| {
        let text = FRAME.replace("\"t\":1", &format!("\"t\":{turn}"));
        file.frame(Nanos(START + turn * step), "c", &text).err().map(|why| (turn, why))
    });
    let (turn, why) = failed.unwrap();
    assert!(turn > 2 && why.to_string().contains("can be read"), "{why}");
    assert_eq!(why.path, path);
    let survey = Survey::read(&[path]).unwrap();
    assert!(survey.frames >= 2 && survey.frames <= turn as u64, "{}", survey.frames);
    assert!(survey.notes[0].contains("no end mark"), "{:?}", survey.notes);
    std::fs::remove_dir_all(folder).unwrap();
}
