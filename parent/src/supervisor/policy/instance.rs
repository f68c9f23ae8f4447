//! One enclave in the eyes of the policy: its name, its slot and how far it is.

use super::Moment;

/// How many may exist at once. Two during an upgrade, and room for those that do not end.
pub const SLOTS: u8 = 4;

/// Where an instance lives: which of the [`SLOTS`] context ids or sockets is its own.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Slot(pub u8);

/// Names an instance for ever; no two share one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Id(u64);

#[derive(Clone, Debug)]
pub(super) struct Instance<P> {
    pub(super) id: Id,
    pub(super) plan: P,
    pub(super) phase: Phase,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    /// Being started, or started and not serving yet.
    Launching { since: Moment },
    /// Serves.
    Serving { since: Moment },
    /// Served, and does not now.
    Silent { since: Moment },
    /// Retired: serves its own sessions.
    Draining { until: Moment },
    /// Retired: finishes what is under way.
    Finishing { until: Moment },
    /// Being terminated; once that failed, tried again at a time.
    Stopping { again: Option<Moment> },
}

impl<P> Instance<P> {
    pub(super) const fn new(id: Id, plan: P, now: Moment) -> Self {
        let phase = Phase::Launching { since: now };
        Self { id, plan, phase }
    }

    pub(super) fn with(self, phase: Phase) -> Self {
        Self { phase, ..self }
    }

    pub(super) const fn serves(&self) -> bool {
        matches!(self.phase, Phase::Serving { .. } | Phase::Draining { .. })
    }

    pub(super) fn has_served_for(&self, now: Moment, time: Moment) -> bool {
        matches!(self.phase, Phase::Serving { since } if since + time <= now)
    }

    pub(super) fn is_late(&self, now: Moment, patience: Moment) -> bool {
        match self.phase {
            Phase::Launching { since } | Phase::Silent { since } => since + patience <= now,
            _ => false,
        }
    }

    /// It was started: from here on it has its time to get ready.
    pub(super) fn ran(&mut self, now: Moment) {
        if let Phase::Launching { since } = &mut self.phase {
            *since = now;
        }
    }

    pub(super) fn observed(&mut self, now: Moment, serves: bool) {
        self.phase = match (self.phase, serves) {
            (Phase::Launching { .. } | Phase::Silent { .. }, true) => Phase::Serving { since: now },
            (Phase::Serving { .. }, false) => Phase::Silent { since: now },
            (phase, _) => phase,
        };
    }

    pub(super) fn idle(&mut self, now: Moment) {
        if let Phase::Finishing { until } = &mut self.phase {
            *until = now;
        }
    }

    pub(super) fn stop_again(&mut self, at: Moment) {
        if let Phase::Stopping { again } = &mut self.phase {
            *again = Some(at);
        }
    }
}

impl Phase {
    /// It kept its sessions long enough.
    pub(super) fn is_drained(self, now: Moment) -> bool {
        matches!(self, Self::Draining { until } if until <= now)
    }

    /// It had its time to finish, or was terminated in vain some time ago.
    pub(super) fn is_to_end(self, now: Moment) -> bool {
        match self {
            Self::Finishing { until } | Self::Stopping { again: Some(until) } => until <= now,
            _ => false,
        }
    }
}

/// Which slots are taken, and by whom.
#[derive(Debug, Default)]
pub(super) struct Slots {
    taken: [Option<Id>; SLOTS as usize],
    made: u64,
    /// Where to look first: a slot that was just given back is the last to be taken again.
    next: u8,
}

impl Slots {
    /// A new name and a free slot.
    pub(super) fn take(&mut self) -> Option<(Id, Slot)> {
        let order = (0..SLOTS).map(|step| (self.next + step) % SLOTS);
        let slot = order
            .map(Slot)
            .find(|slot| self.taken[usize::from(slot.0)].is_none())?;
        self.take_this(slot).map(|id| (id, slot))
    }

    /// A new name for this slot, unless it is taken or there is none such.
    pub(super) fn take_this(&mut self, slot: Slot) -> Option<Id> {
        let place = self.taken.get_mut(usize::from(slot.0))?;
        if place.is_some() {
            return None;
        }
        let id = Id(self.made);
        *place = Some(id);
        self.made += 1;
        self.next = (slot.0 + 1) % SLOTS;
        Some(id)
    }

    pub(super) fn give_back(&mut self, id: Id) {
        for place in &mut self.taken {
            place.take_if(|taken| *taken == id);
        }
    }
}
