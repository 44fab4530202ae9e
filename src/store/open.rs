//! From a directory to a store that is known to be whole, or to an error that says what to do.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::ballast::Ballast;
use super::engine::{Engine, EngineError, Setup};
use super::error::OpenError;
use super::layout::{Found, Layout, Lock};
use super::mark::Mark;
use super::record::Revision;
use super::view::Views;
use super::writer::{Observer, Writer};
use super::{Options, QUEUE, Store};

/// Opens the store, or makes one where there never was one.
pub(super) fn open(options: Options, observer: Observer) -> Result<Store, OpenError> {
    let layout = Layout::new(options.dir);
    let lock = layout.lock()?;
    let setup = Setup {
        path: layout.store(),
        cache_bytes: options.cache_bytes,
        tables: options.tables,
    };
    let mut ballast = Ballast::new(layout.ballast());
    let engine = match layout.settle()? {
        Found::Nothing => {
            create(&layout, &setup)?;
            Engine::open(&setup).map_err(|error| refused(&layout, error))?
        }
        Found::Store(revision) => match open_existing(&layout, &setup, revision) {
            Err(OpenError::Full { .. }) => {
                // A bot that starts on a full disk is worth more than one that does not.
                ballast.release();
                open_existing(&layout, &setup, revision)?
            }
            other => other?,
        },
    };
    if let Err(error) = ballast.hold() {
        tracing::warn!(%error, "the disk is full: the store can be read, and takes no changes");
    }
    start(layout, lock, setup, engine, ballast, observer)
}

/// Makes an empty store.
fn create(layout: &Layout, setup: &Setup) -> Result<(), OpenError> {
    let building = Setup {
        path: layout.building(),
        ..setup.clone()
    };
    let engine = Engine::create(&building, Revision::default());
    drop(engine.map_err(|error| refused(layout, error))?);
    layout.install(Revision::default(), false)
}

/// Opens the store that had reached `revision`. Where it is refused, its files are put back as they were found.
pub(super) fn open_existing(
    layout: &Layout,
    setup: &Setup,
    revision: Revision,
) -> Result<Engine, OpenError> {
    let kept = layout.keep_untouched()?;
    match Engine::open(setup).and_then(|engine| at_least(engine, revision)) {
        Ok(engine) => {
            layout.drop_untouched()?;
            Ok(engine)
        }
        Err(error) => {
            if kept {
                layout.restore_untouched()?;
            }
            Err(refused(layout, error))
        }
    }
}

/// The engine, unless it lost commits that the mark knows of.
fn at_least(engine: Engine, revision: Revision) -> Result<Engine, EngineError> {
    let found = engine.seal().revision;
    if found < revision {
        return Err(EngineError::Damaged(format!(
            "it ends at revision {found}, and had reached {revision}"
        )));
    }
    Ok(engine)
}

fn start(
    layout: Layout,
    lock: Lock,
    setup: Setup,
    engine: Engine,
    ballast: Ballast,
    observer: Observer,
) -> Result<Store, OpenError> {
    let path = layout.mark();
    let mark = Mark::open(&path).map_err(|source| layout.failed("open", &path, source))?;
    let views = Arc::new(Views::new(engine.reader(), engine.seal(), engine.spread()));
    let tables = setup.tables;
    let writer = Writer {
        setup,
        engine: Some(engine),
        mark,
        views: Arc::clone(&views),
        observer,
        unsettled: None,
        ballast,
        lock,
    };
    let (queue, requests) = mpsc::channel(QUEUE);
    std::thread::Builder::new()
        .name("store".to_owned())
        .spawn(move || writer.run(requests))
        .map_err(|source| layout.failed("start a thread for", &path, source))?;
    Ok(Store::new(queue, views, layout, tables))
}

pub(super) fn refused(layout: &Layout, error: EngineError) -> OpenError {
    match error {
        EngineError::Full(reason) => layout.full(reason),
        EngineError::Io(reason) => {
            layout.failed("open", &layout.store(), std::io::Error::other(reason))
        }
        EngineError::Damaged(reason) => layout.damaged(reason),
        EngineError::Newer(reason) => layout.newer(reason),
    }
}
