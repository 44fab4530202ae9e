//! The bot lives on a file system of its own, and again and again the disk's content is taken as it is at that moment.
//! What the kernel still kept in memory is missing there, as it would be after a cut.
//!
//! The disk is a loop device, which only root can make:
//! `cargo test --test it power_loss::dropped -- --ignored --nocapture`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use healthbot::demo::Workspace;

use super::cuts;
use crate::harness::process::{Process, healthbot, serve, workspace};

/// The disk's size, in mebibytes: room for the store, and quickly copied.
const MEBIBYTES: u64 = 48;

fn run(program: &str, arguments: &[&str]) -> bool {
    let done = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    done.is_ok_and(|status| status.success())
}

/// A disk: its content in a file, and where it is mounted.
struct Disk {
    image: PathBuf,
    at: PathBuf,
}

impl Disk {
    /// An empty disk; nothing where none can be made. What is not synced stays in the kernel's memory for minutes.
    fn new(dir: &Path) -> Option<Self> {
        let image = dir.join("image");
        let file = fs::File::create(&image).unwrap();
        file.set_len(MEBIBYTES << 20).unwrap();
        run("mkfs.ext4", &["-q", "-F", image.to_str().unwrap()]).then_some(())?;
        Self::mounted(image, dir.join("disk"), "loop,commit=300")
    }

    fn mounted(image: PathBuf, at: PathBuf, options: &str) -> Option<Self> {
        fs::create_dir_all(&at).unwrap();
        let (from, to) = (image.to_str().unwrap(), at.to_str().unwrap());
        run("mount", &["-o", options, from, to]).then_some(Self { image, at })
    }

    /// The disk as it is now, in another file and at another place, mounted as after a cut.
    fn after_a_cut(&self, dir: &Path) -> Self {
        let image = dir.join("image-after");
        fs::copy(&self.image, &image).unwrap();
        Self::mounted(image, dir.join("disk-after"), "loop").expect("the file system survives")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What fails here is only left over.
        let _left = run("umount", &["-l", self.at.to_str().unwrap()]);
    }
}

/// Adds a server; says whether that was acknowledged.
async fn add(workspace: &Workspace, number: usize) -> bool {
    let line =
        format!("/health add server-{number} http://10.255.255.1:9/ interval=1d timeout=100ms");
    let answer = workspace.command("dana", "ops", &line).await;
    answer.is_ok_and(|answer| answer.plain().contains("is watched from now on"))
}

/// The names of the servers in the store on a disk that was cut off.
async fn exported(disk: &Disk) -> String {
    let data = disk.at.join("data");
    let arguments = ["export", "--data-dir", data.to_str().unwrap()];
    let (code, said) = healthbot(&arguments, &[]).ended().await;
    assert_eq!(code, Some(0), "{said}");
    said
}

/// Holds the process still, so that nothing is acknowledged between the look at the disk and the look at what was.
async fn still<T>(bot: &Process, look: impl FnOnce() -> T) -> T {
    bot.signal("STOP").await;
    let seen = look();
    bot.signal("CONT").await;
    seen
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it needs root, a loop device and minutes; see the top of the file"]
async fn what_was_acknowledged_survives_every_power_loss() {
    let cuts = cuts(50);
    let dir = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::new(dir.path()) else {
        println!("skipped: only root can make a disk, with mkfs.ext4 and a loop device");
        return;
    };
    let workspace = workspace().await;
    let mut bot = serve(&workspace, &disk.at.join("data"), &[]);
    bot.up(&workspace).await;
    let mut acknowledged = 0;
    for cut in 0..cuts {
        let adding = tokio::spawn({
            let workspace = workspace.clone();
            async move {
                let mut added = acknowledged;
                // A few at least, and a different moment of the store's life each time.
                while added < acknowledged + 1 + cut % 5 && add(&workspace, added).await {
                    added += 1;
                }
                // One more is under way when the power goes.
                let last = added;
                let asked = workspace.clone();
                (added, tokio::spawn(async move { add(&asked, last).await }))
            }
        });
        let (added, last) = adding.await.unwrap();
        let after = still(&bot, || disk.after_a_cut(dir.path())).await;
        let said = exported(&after).await;
        for number in 0..added {
            let name = format!("\"host_name\":\"server-{number}\"");
            assert!(
                said.contains(&name),
                "cut {cut}: {name} was acknowledged and is gone"
            );
        }
        drop(after);
        acknowledged = added + usize::from(last.await.unwrap());
    }
    println!("{cuts} cuts, {acknowledged} acknowledged changes, none lost");
    assert!(acknowledged > cuts);
    bot.signal("TERM").await;
    assert_eq!(bot.ended().await.0, Some(0));
}
