//! What happens to a round's server, and what people change meanwhile.

use healthbot::demo::{Mode, State};

use super::{Lane, OPS, RANDOM, Witness};
use crate::crash::facts::Fact;
use crate::crash::ledger;
use crate::crash::moment::Fate;

/// More servers than this are not kept.
const SERVERS: usize = 6;

impl Lane {
    /// The life of a round's server, from wherever it stands: added, failed, back; and what people do meanwhile. None
    /// where the process was killed before its end.
    pub(super) async fn story(
        &mut self,
        witness: &mut Witness,
        fate: &Fate,
        disturbed: bool,
    ) -> Option<()> {
        if !self.is(Fact::Watched(witness.name.clone()), true) {
            let url = witness.target.url();
            self.person.add(fate, &witness.name, &url).await?;
        }
        self.churn(witness, fate, disturbed).await?;
        if witness.silent && !self.is(Fact::AlertsOn(witness.name.clone()), false) {
            self.person.switch(fate, &witness.name, false).await?;
        }
        self.fail(witness, fate).await?;
        self.churn(witness, fate, disturbed).await?;
        self.learn_failure(witness, fate).await?;
        self.churn(witness, fate, disturbed).await?;
        self.recover(witness, fate).await?;
        self.learn_recovery(witness, fate).await?;
        self.churn(witness, fate, disturbed).await
    }

    async fn fail(&mut self, witness: &mut Witness, fate: &Fate) -> Option<()> {
        if fate.coming.is_cancelled() {
            return None;
        }
        if !witness.failed {
            witness.target.set(Mode::Failing).await;
            self.failures.push_back(self.clock.elapsed());
            witness.failed = true;
            self.turn();
        }
        Some(())
    }

    /// The server is another now, which the bot has yet to find out.
    fn turn(&self) {
        self.person.progress.send_modify(|now| now.turns += 1);
    }

    /// Learns that the bot knows of the failure, by asking it or by what it tells.
    async fn learn_failure(&mut self, witness: &mut Witness, fate: &Fate) -> Option<()> {
        if witness.known_down {
            return Some(());
        }
        if witness.silent || self.ask || self.dice.once_in(2) {
            self.check_until(&witness.name, "It is 🔴 down", fate)
                .await?;
        } else {
            let name = &witness.name;
            let known = |state: &State| ledger::knows_failure(state, OPS, name).then_some(());
            let told = self.person.workspace.wait_for(known);
            self.person.unless_killed(fate, told).await?;
        }
        witness.known_down = true;
        Some(())
    }

    async fn recover(&mut self, witness: &mut Witness, fate: &Fate) -> Option<()> {
        if fate.coming.is_cancelled() {
            return None;
        }
        // A second switch would cut the probe that is under way, and a cut probe is a failed one.
        if !witness.recovered {
            witness.target.set(Mode::Healthy).await;
            witness.recovered = true;
            self.turn();
        }
        Some(())
    }

    async fn learn_recovery(&mut self, witness: &Witness, fate: &Fate) -> Option<()> {
        let name = &witness.name;
        if witness.silent || self.ask || self.dice.once_in(2) {
            return self.check_until(name, "It is 🟢 up", fate).await;
        }
        let known = |state: &State| ledger::knows_end(state, OPS, name).then_some(());
        let told = self.person.workspace.wait_for(known);
        self.person.unless_killed(fate, told).await
    }

    async fn check_until(&mut self, name: &str, wanted: &str, fate: &Fate) -> Option<()> {
        // A probe that was under way may have seen the server as it was before.
        let command = format!("check {name}");
        while !self.person.ask(fate, &command).await?.contains(wanted) {}
        Some(())
    }

    /// The server goes on while nobody looks.
    pub(super) async fn while_dead(&mut self, witness: &mut Witness) {
        let peace = Fate::default();
        let added = self.is(Fact::Watched(witness.name.clone()), true);
        let alerts = Fact::AlertsOn(witness.name.clone());
        let ready = added && (!witness.silent || self.is(alerts, false));
        let moved = if witness.known_down && !witness.recovered && self.dice.once_in(2) {
            self.recover(witness, &peace).await
        } else if ready && !witness.failed && self.dice.once_in(2) {
            self.fail(witness, &peace).await
        } else {
            Some(())
        };
        moved.unwrap();
    }

    /// Changes this and that, where that is wanted, which has nothing to do with this round's server.
    async fn churn(&mut self, witness: &Witness, fate: &Fate, wanted: bool) -> Option<()> {
        let times = if wanted { self.dice.below(3) } else { 0 };
        for _ in 0..times {
            let mut others = self.person.facts.servers();
            others
                .retain(|name| *name != witness.name && self.is(Fact::Watched(name.clone()), true));
            let other = self.dice.pick(&others).cloned();
            let full = others.len() >= SERVERS;
            match (self.dice.below(4), other) {
                (0, Some(other)) => self.person.remove(fate, &other).await?,
                (1, Some(other)) => {
                    let on = self.dice.once_in(2);
                    self.person.switch(fate, &other, on).await?;
                }
                (2, _) => {
                    let told = self.dice.once_in(2);
                    self.person.tell(fate, RANDOM, told).await?;
                }
                (_, Some(other)) if full => self.person.remove(fate, &other).await?,
                _ => {
                    let (name, url) = (self.new_name('c'), self.steady.url());
                    self.person.add(fate, &name, &url).await?;
                }
            }
        }
        Some(())
    }

    fn is(&self, fact: Fact, so: bool) -> bool {
        self.person.facts.get(&fact) == Some(so)
    }
}
