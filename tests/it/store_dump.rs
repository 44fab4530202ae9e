//! Exports, imports and the daily dumps.

use std::io::{BufRead, BufReader, Read};

use futures_util::future::join_all;
use healthbot::clock::Timestamp;
use healthbot::store::{Batch, ImportError, Store, import};

use crate::store_support::{Count, content, item, open, options, try_open};

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn export(store: &Store) -> Vec<u8> {
    let mut lines = Vec::new();
    store
        .export(moment("2026-11-24T09:00:00Z"), &mut lines)
        .unwrap();
    lines
}

/// A store with some of everything: many pages, text of all kinds, and something that was deleted.
async fn filled(dir: &std::path::Path) -> Store {
    let store = open(dir);
    let mut batch = Batch::new();
    for count in 0..1500 {
        batch = batch.put(&count, &Count { count: count * 7 }).unwrap();
    }
    for text in [
        "",
        "quote \" and \\ and {",
        "한국어",
        "line\nfeed",
        &"x".repeat(4000),
    ] {
        batch = batch.put(&format!("key {text:.9}"), &item(text)).unwrap();
    }
    store.commit(batch).await.unwrap();
    store
        .commit(Batch::new().delete::<Count>(&3))
        .await
        .unwrap();
    store
}

/// The records without the revisions, which an import gives anew.
fn without_revisions(store: &Store) -> Vec<String> {
    let cut = |line: String| {
        let (key, value) = line.split_once("revision: Revision(").unwrap();
        format!("{key}{}", value.split_once(')').unwrap().1)
    };
    content(store).into_iter().map(cut).collect()
}

#[tokio::test]
async fn an_export_comes_back_as_it_was() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = filled(from.path()).await;
    let lines = export(&store);
    let imported = import(options(to.path()), &lines[..]).unwrap();
    assert_eq!(imported.records, 1504);
    let copy = open(to.path());
    assert_eq!(without_revisions(&copy), without_revisions(&store));
    assert_eq!(export(&copy), lines);
    let next = copy.commit(Batch::new().delete::<Count>(&4)).await.unwrap();
    copy.close().await;
    assert_eq!(open(to.path()).sizes().unwrap().revision, next.revision);
}

#[tokio::test]
async fn the_lines_are_the_documented_ones() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let batch = Batch::new().put(&258, &Count { count: 9 }).unwrap();
    store
        .commit(batch.put(&"k".to_owned(), &item("a\nb")).unwrap())
        .await
        .unwrap();
    let lines = String::from_utf8(export(&store)).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(
        lines[..3],
        [
            r#"{"healthbot_export":1,"schema":1,"created_at":"2026-11-24T09:00:00Z"}"#,
            r#"{"table":"counts","key":"0000000000000102","value":{"v":1,"count":9}}"#,
            r#"{"table":"items","key":"6b","value":{"v":1,"text":"a\nb"}}"#,
        ]
    );
    assert!(lines[3].starts_with(r#"{"records":2,"sha256":""#));
    assert_eq!(lines.len(), 4);
}

#[tokio::test]
async fn an_import_goes_only_into_an_empty_store() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let lines = export(&filled(from.path()).await);
    let store = open(to.path());
    store
        .commit(Batch::new().put(&1, &Count { count: 1 }).unwrap())
        .await
        .unwrap();
    let locked = import(options(to.path()), &lines[..]).unwrap_err();
    assert!(locked.to_string().contains("another healthbot"), "{locked}");
    store.close().await;
    let refused = import(options(to.path()), &lines[..]).unwrap_err();
    assert!(
        matches!(refused, ImportError::NotEmpty { records: 1 }),
        "{refused}"
    );

    let store = open(to.path());
    store
        .commit(Batch::new().delete::<Count>(&1))
        .await
        .unwrap();
    let revision = store.sizes().unwrap().revision;
    store.close().await;
    import(options(to.path()), &lines[..]).unwrap();
    let store = open(to.path());
    assert_eq!(store.sizes().unwrap().records, 1504);
    assert!(
        store.sizes().unwrap().revision > revision,
        "a number is never given twice"
    );
}

/// Every way to spoil an export, and the line that the refusal must name.
fn spoilt(good: &str) -> Vec<(&'static str, u64, String)> {
    let lines: Vec<&str> = good.lines().collect();
    let trailer = lines.len();
    let joined = |lines: &[&str]| {
        lines
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let with = |at: usize, line: &str| {
        let mut changed = lines.clone();
        changed[at - 1] = line;
        joined(&changed)
    };
    let at = |line: usize| line as u64;
    let record =
        |key: &str, value: &str| format!(r#"{{"table":"counts","key":"{key}","value":{value}}}"#);
    let key = "00000000000fffff";
    vec![
        ("empty", 1, String::new()),
        ("something else", 1, "hello\n".to_owned()),
        (
            "a newer one",
            1,
            with(1, r#"{"healthbot_export":2,"schema":1}"#),
        ),
        (
            "cut in a line",
            2,
            good[..good.find("value").unwrap()].to_owned(),
        ),
        (
            "cut between lines",
            at(trailer),
            joined(&lines[..trailer - 1]),
        ),
        (
            "cut in the trailer",
            at(trailer),
            good[..good.len() - 1].to_owned(),
        ),
        (
            "one line less",
            at(trailer - 1),
            joined(&[&lines[..4], &lines[5..]].concat()),
        ),
        (
            "an altered value",
            at(trailer),
            with(5, &lines[4].replace("28", "29")),
        ),
        ("a doubled line", 6, with(6, lines[4])),
        (
            "an unknown table",
            5,
            with(5, &lines[4].replace("counts", "cows")),
        ),
        (
            "a key that is none",
            5,
            with(5, &record("xy", r#"{"v":1}"#)),
        ),
        (
            "a newer record",
            5,
            with(5, &record(key, r#"{"v":2,"count":1}"#)),
        ),
        ("no version", 5, with(5, &record(key, r#"{"count":1}"#))),
        ("no JSON", 5, with(5, &record(key, r#"{"v":1,"count":}"#))),
        (
            "too long",
            5,
            with(
                5,
                &record(key, &format!(r#"{{"v":1,"count":{}1}}"#, " ".repeat(5000))),
            ),
        ),
        ("endless", 5, with(5, &record(key, &"1".repeat(100_000)))),
        ("more after it", at(trailer + 1), format!("{good}more\n")),
    ]
}

#[tokio::test]
async fn a_spoilt_export_is_refused_at_its_line_and_leaves_nothing() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let good = String::from_utf8(export(&filled(from.path()).await)).unwrap();
    for (what, expected, bad) in spoilt(&good) {
        match import(options(to.path()), bad.as_bytes()) {
            Err(ImportError::Line { line, .. }) if line == expected => {}
            other => panic!("{what}: {other:?} and not line {expected}"),
        }
        let left: Vec<_> = to.path().join("data").read_dir().unwrap().collect();
        assert_eq!(left.len(), 1, "{what}: only the lock file stays: {left:?}");
    }
    import(options(to.path()), good.as_bytes()).unwrap();
}

/// A reader that fails after some lines, as a broken pipe does.
struct Broken<R>(R);

impl<R: Read> Read for Broken<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(std::io::ErrorKind::ConnectionReset.into()),
            read => Ok(read),
        }
    }
}

#[tokio::test]
async fn a_reader_that_fails_is_no_end_of_the_export() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let lines = export(&filled(from.path()).await);
    let broken = BufReader::new(Broken(&lines[..lines.len() / 2]));
    assert!(matches!(
        import(options(to.path()), broken),
        Err(ImportError::Read(_))
    ));
    assert!(content(&open(to.path())).is_empty());
}

/// A writer that lets commits happen in the middle of an export.
struct Slow<'a> {
    store: &'a Store,
    runtime: tokio::runtime::Handle,
    lines: Vec<u8>,
    count: u64,
    commits: u64,
}

impl std::io::Write for Slow<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.count;
        // Ahead of where the export is, behind it, new and old.
        if count == self.commits * 100 {
            self.commits += 1;
            let batch = Batch::new()
                .put(&(count + 300), &Count { count: 1 })
                .unwrap();
            let batch = batch
                .put(&(1_000_000 + count), &Count { count: 1 })
                .unwrap();
            let batch = batch.delete::<Count>(&(count + 301)).delete::<Count>(&5);
            self.runtime.block_on(self.store.commit(batch)).unwrap();
        }
        self.count += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.lines.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_of_one_moment_while_commits_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path()).await;
    let before = export(&store);
    let runtime = tokio::runtime::Handle::current();
    let copy = store.clone();
    let during = tokio::task::spawn_blocking(move || {
        let mut slow = Slow {
            store: &copy,
            runtime,
            lines: Vec::new(),
            count: 0,
            commits: 0,
        };
        copy.export(moment("2026-11-24T09:00:00Z"), &mut slow)
            .unwrap();
        assert!(slow.commits > 10);
        slow.lines
    });
    assert!(
        during.await.unwrap() == before,
        "an export took commits in that came after its start"
    );
    assert_ne!(export(&store), before);
}

#[tokio::test]
async fn dumps_are_whole_files_of_which_seven_stay() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path()).await;
    let days = (1..=9).map(|day| moment(&format!("2026-11-0{day}T03:00:00Z")));
    let dumps: Vec<_> = days.map(|day| store.dump(day).unwrap()).collect();
    let kept: Vec<_> = dumps.iter().filter(|dump| dump.exists()).collect();
    assert_eq!(kept, dumps[2..].iter().collect::<Vec<_>>());
    assert_eq!(dir.path().join("data/dumps").read_dir().unwrap().count(), 7);
    assert!(dumps[8].ends_with("dumps/healthbot-20261109T030000Z.jsonl"));

    let to = tempfile::tempdir().unwrap();
    let reader = BufReader::new(std::fs::File::open(&dumps[8]).unwrap());
    import(options(to.path()), reader).unwrap();
    assert_eq!(
        without_revisions(&open(to.path())),
        without_revisions(&store)
    );
}

#[tokio::test]
async fn damage_names_the_newest_dump_and_how_to_go_on_from_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path()).await;
    join_all((10..12).map(|n| store.commit(Batch::new().delete::<Count>(&n)))).await;
    store.dump(moment("2026-11-24T03:00:00Z")).unwrap();
    let dump = store.dump(moment("2026-11-25T03:00:00Z")).unwrap();
    store.close().await;
    std::fs::remove_dir_all(dir.path().join("data/store")).unwrap();
    let error = try_open(dir.path()).unwrap_err().to_string();
    let name = dump.file_name().unwrap().to_str().unwrap();
    assert!(error.contains(&format!(".damaged/dumps/{name}")), "{error}");

    // The sentence's own commands, done by hand.
    let data = dir.path().join("data");
    std::fs::rename(&data, dir.path().join("data.damaged")).unwrap();
    let dump = std::fs::File::open(dir.path().join("data.damaged/dumps").join(name)).unwrap();
    assert!(BufReader::new(&dump).lines().count() > 0);
    let dump = std::fs::File::open(dir.path().join("data.damaged/dumps").join(name)).unwrap();
    import(options(dir.path()), BufReader::new(dump)).unwrap();
    assert_eq!(open(dir.path()).sizes().unwrap().records, 1502);
}
