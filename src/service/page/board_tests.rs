use std::collections::BTreeMap;

use super::*;
use crate::clock::Timestamp;
use crate::domain::health::State;
use crate::domain::server::HostName;
use crate::service::page::facts::{CARDS, GRAPHED, LISTED};
use proptest::prelude::*;

fn row(id: u64, name: &str, environment: Environment, state: State) -> Row {
    Row {
        id: ServerId::from_raw(id),
        name: HostName::parse(name).expect("a name"),
        environment,
        state,
        since: Timestamp::UNIX_EPOCH,
        flapping: false,
        quiet: false,
        reason: None,
        graph: None,
    }
}

fn facts(rows: impl IntoIterator<Item = Row>) -> Facts {
    let rows: Vec<_> = rows.into_iter().collect();
    let mut facts = Facts::for_servers(rows.len());
    rows.into_iter().for_each(|row| facts.add(row));
    facts.finish(Vec::new());
    facts
}

fn live(id: u64, name: &str, state: State) -> Row {
    row(id, name, Environment::Live, state)
}

fn parts(board: &Board, seen: u64) -> Parts {
    match board.news(seen).what {
        What::Parts(parts) => parts,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_what_changed_since_is_told() {
    let mut board = Board::default();
    board.update(facts([
        live(1, "a", State::Up),
        live(2, "b", State::Up),
        live(3, "c", State::Up),
    ]));
    let seen = board.version();
    assert_eq!(board.news(seen).what, What::Nothing);
    board.update(facts([
        live(1, "a", State::Up),
        live(2, "b", State::Down),
        live(3, "c", State::Up),
    ]));
    let told = parts(&board, seen);
    assert!(told.now && !told.past && told.gone.is_empty());
    let changed: Vec<_> = told
        .rows
        .iter()
        .map(|placed| (placed.row.id.raw(), placed.before))
        .collect();
    assert_eq!(changed, [(2, Some(ServerId::from_raw(3)))]);
    assert_eq!(board.news(board.version()).what, What::Nothing);
}

#[test]
fn what_came_and_went_between_two_looks_is_one_change() {
    let mut board = Board::default();
    board.update(facts([live(1, "a", State::Up)]));
    let seen = board.version();
    for _ in 0..1_000 {
        board.update(facts([live(1, "a", State::Down)]));
        board.update(facts([live(1, "a", State::Up)]));
    }
    let told = parts(&board, seen);
    assert_eq!((told.rows.len(), told.gone.len()), (1, 0));
}

#[test]
fn a_version_of_the_future_and_one_too_old_mean_everything() {
    let mut board = Board::default();
    board.update(facts([live(1, "a", State::Up)]));
    let seen = board.version();
    assert_eq!(board.news(seen + 1).what, What::Everything);
    let many = (0..=GONE as u64).map(|id| live(id, &format!("n{id}"), State::Up));
    board.update(facts(many));
    board.update(facts([live(1, "a", State::Up)]));
    // The table has changed its kind twice, and more rows are gone than are remembered.
    assert_eq!(board.news(seen).what, What::Everything);
    assert!(board.gone.len() <= GONE);
}

#[test]
fn a_page_of_many_servers_lists_and_pictures_only_so_many() {
    let rows = (0..LISTED as u64 + 5).map(|id| live(id, &format!("n{id:06}"), State::Down));
    let facts = facts(rows);
    assert!(!facts.graphs && facts.down.len() == CARDS);
    assert_eq!(facts.counts().down, LISTED + 5);
    let unlisted: usize = facts
        .environments()
        .map(|(_, group)| group.unlisted())
        .sum();
    assert_eq!(unlisted, 5);
    assert!(Facts::for_servers(GRAPHED).graphs);
}

#[test]
fn what_is_down_is_listed_before_all_others_however_many_there_are() {
    let last = LISTED as u64 + 50;
    let state = |id| {
        if id + 10 > last {
            State::Down
        } else {
            State::Up
        }
    };
    let rows = (0..last).map(|id| live(id, &format!("n{id:06}"), state(id)));
    let facts = facts(rows);
    let mut groups = facts.environments();
    let (_, group) = groups
        .find(|(environment, _)| *environment == Environment::Live)
        .expect("every one is there");
    assert_eq!((group.counts.down, group.counts.total()), (9, LISTED + 50));
    assert_eq!((group.rows.len(), group.unlisted()), (LISTED, 50));
    assert_eq!(group.unlisted_down(), 0);
    let listed_down = group.rows.iter().filter(|row| row.state == State::Down);
    assert_eq!(listed_down.count(), 9);
    assert!(group.rows.is_sorted_by_key(|row| row.name.folded()));
}

#[test]
fn whoever_missed_very_many_changes_looks_at_the_page_anew() {
    let all = |down: u64| {
        let state = move |id| if id < down { State::Down } else { State::Up };
        (0..5_000).map(move |id| live(id, &format!("n{id:06}"), state(id)))
    };
    let mut board = Board::default();
    board.update(facts(all(0)));
    let seen = board.version();
    board.update(facts(all(TOLD as u64)));
    let What::Parts(parts) = board.news(seen).what else {
        panic!("so many are told");
    };
    assert_eq!(parts.rows.len(), TOLD);
    board.update(facts(all(TOLD as u64 + 1)));
    assert_eq!(board.news(seen).what, What::Everything);
}

#[test]
fn what_is_down_comes_in_the_order_of_importance() {
    let at = |seconds| Timestamp::from_timestamp(seconds, 0).expect("a moment");
    let down = |id, environment, seconds| Row {
        since: at(seconds),
        ..row(id, &format!("n{id}"), environment, State::Down)
    };
    let facts = facts([
        down(1, Environment::Dev, 9),
        down(2, Environment::Live, 1),
        down(3, Environment::Live, 5),
        down(4, Environment::Stage, 7),
    ]);
    let order: Vec<_> = facts.down.iter().map(|row| row.id.raw()).collect();
    assert_eq!(order, [3, 2, 4, 1]);
}

/// A reader's tables: the rows' ids in order, with their state.
type Tables = BTreeMap<Environment, Vec<(u64, String, State)>>;

fn shown(facts: &Facts) -> Tables {
    let list = |rows: &[Row]| {
        rows.iter()
            .map(|row| (row.id.raw(), row.name.to_string(), row.state))
            .collect()
    };
    facts
        .environments()
        .map(|(environment, group)| (environment, list(&group.rows)))
        .collect()
}

/// Does what the page's script does with a change.
fn take(tables: &mut Tables, parts: &Parts) {
    let remove = |tables: &mut Tables, id: u64| {
        tables
            .values_mut()
            .for_each(|rows| rows.retain(|row| row.0 != id));
    };
    for id in &parts.gone {
        remove(tables, id.raw());
    }
    for placed in &parts.rows {
        remove(tables, placed.row.id.raw());
        let rows = tables
            .get_mut(&placed.environment)
            .expect("every table is there");
        let at = match placed.before {
            Some(before) => rows
                .iter()
                .position(|row| row.0 == before.raw())
                .expect("it is there already"),
            None => rows.len(),
        };
        rows.insert(
            at,
            (
                placed.row.id.raw(),
                placed.row.name.to_string(),
                placed.row.state,
            ),
        );
    }
}

proptest! {
    /// Whatever happens to servers, and however long a reader looks away: with the changes it sees the page as it is.
    #[test]
    fn a_reader_who_takes_the_changes_sees_the_page(
        rounds in proptest::collection::vec(
            (proptest::collection::btree_map(0_u64..12, (0_u8..6, 0_usize..4, 0_usize..2), 0..10), any::<bool>()),
            1..20,
        )
    ) {
        let mut board = Board::default();
        let (mut seen, mut tables) = (board.version(), shown(board.facts()));
        for (servers, looks) in rounds {
            board.update(facts(servers.into_iter().map(|(id, (name, environment, state))| {
                let name = format!("{name}-{id}");
                row(id, &name, Environment::ALL[environment], [State::Up, State::Down][state])
            })));
            if looks {
                let news = board.news(seen);
                match news.what {
                    What::Nothing => {}
                    What::Everything => tables = shown(&news.facts),
                    What::Parts(parts) => take(&mut tables, &parts),
                }
                seen = news.version;
                prop_assert_eq!(&tables, &shown(&news.facts));
            }
        }
    }
}
