//! Since when (起始时间): the two-state automaton of Kleinberg, "Bursty and Hierarchical Structure in Streams", KDD
//! 2002, section 4 (counts in batches).
//!
//! A series is either ordinary, with what the baseline expects of each hour, or bursting, with a multiple of it. The
//! cheapest course of states explains the counts: each hour costs −ln of its count's Poisson chance, each change
//! into the burst costs γ·ln(hours). (Kleinberg's counts are binomial parts of batches; a hotline's cell is so small
//! a part of its batch that the binomial is Poisson.)

/// How the automaton is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Automaton {
    /// Times the expected, in a burst (s); above 1.
    pub times: f64,
    /// How dear it is to enter a burst (γ).
    pub gamma: f64,
}

/// One stretch of hours that a burst explains better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// The first hour.
    pub start: usize,
    /// The first hour after it; the number of hours where it goes on.
    pub end: usize,
    /// What the ordinary state would have cost above the burst: the log-likelihood that speaks for the burst.
    pub strength: f64,
}

impl Automaton {
    /// The bursts in `counts`, of which `expected` says what is ordinary; in the order of time.
    pub fn stretches(&self, counts: &[u32], expected: &[f64]) -> Vec<Stretch> {
        let states = self.course(counts, expected);
        let mut stretches: Vec<Stretch> = Vec::new();
        for (hour, _) in states.iter().enumerate().filter(|(_, bursting)| **bursting) {
            let gain = self.gain(counts[hour], expected[hour]);
            match stretches.last_mut() {
                Some(last) if last.end == hour => {
                    last.end = hour + 1;
                    last.strength += gain;
                }
                _ => stretches.push(Stretch { start: hour, end: hour + 1, strength: gain }),
            }
        }
        stretches
    }

    /// What a burst explains of one hour: ln of the two Poisson chances' ratio, n·ln s − (s − 1)·μ.
    fn gain(&self, count: u32, expected: f64) -> f64 {
        f64::from(count) * self.times.ln() - (self.times - 1.0) * expected
    }

    /// The cheapest course (Viterbi): for each hour, whether it bursts. Ties stay ordinary.
    fn course(&self, counts: &[u32], expected: &[f64]) -> Vec<bool> {
        let entering = self.gamma * (counts.len() as f64).ln();
        // What each state has cost so far, against having been ordinary all along.
        let (mut ordinary, mut bursting) = (0.0_f64, f64::INFINITY);
        let mut came_from = Vec::with_capacity(counts.len());
        for (count, expected) in counts.iter().zip(expected) {
            let (calmed, entered) = (bursting < ordinary, ordinary + entering <= bursting);
            came_from.push((calmed, !entered));
            let before = ordinary;
            ordinary = before.min(bursting);
            bursting = bursting.min(before + entering) - self.gain(*count, *expected);
        }
        let mut state = bursting < ordinary;
        let mut course = vec![false; came_from.len()];
        for (hour, (if_ordinary, if_bursting)) in came_from.iter().enumerate().rev() {
            course[hour] = state;
            state = if state { *if_bursting } else { *if_ordinary };
        }
        course
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every course of states, tried one by one, with costs as Kleinberg writes them.
    fn cheapest(automaton: &Automaton, counts: &[u32], expected: &[f64]) -> Vec<bool> {
        let hours = counts.len();
        let cost = |course: u32| {
            let mut sum = 0.0;
            for hour in 0..hours {
                let bursting = course >> hour & 1 == 1;
                let mean = expected[hour] * if bursting { automaton.times } else { 1.0 };
                let factorial: f64 = (1..=counts[hour]).map(f64::from).product();
                sum -= (mean.powf(f64::from(counts[hour])) * (-mean).exp() / factorial).ln();
                let before = hour > 0 && course >> (hour - 1) & 1 == 1;
                if bursting && !before {
                    sum += automaton.gamma * (hours as f64).ln();
                }
            }
            sum
        };
        let best = (0..1u32 << hours).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap();
        (0..hours).map(|hour| best >> hour & 1 == 1).collect()
    }

    #[test]
    fn the_course_is_the_cheapest_of_all() {
        let automaton = Automaton { times: 3.0, gamma: 1.0 };
        let expected = [0.5, 0.5, 1.0, 1.0, 1.5, 1.0, 1.0, 0.5, 0.5, 0.5, 1.0, 1.0];
        for counts in [
            [0, 1, 0, 2, 1, 0, 0, 1, 0, 0, 1, 0],
            [0, 1, 0, 5, 6, 4, 0, 1, 0, 0, 1, 0],
            [0, 0, 1, 0, 2, 1, 0, 0, 1, 4, 5, 6],
            [6, 4, 1, 0, 2, 1, 0, 0, 1, 4, 5, 6],
            [2, 2, 3, 2, 4, 3, 2, 2, 2, 2, 3, 2],
            [0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(automaton.course(&counts, &expected), cheapest(&automaton, &counts, &expected), "{counts:?}");
        }
    }

    #[test]
    fn a_burst_has_a_start_an_end_and_a_strength() {
        let automaton = Automaton { times: 4.0, gamma: 1.0 };
        let (mut counts, expected) = ([0; 48], [0.25; 48]);
        counts[20..24].copy_from_slice(&[2, 3, 1, 2]);
        counts[46..].copy_from_slice(&[3, 4]);
        let stretches = automaton.stretches(&counts, &expected);
        assert_eq!(stretches.iter().map(|found| (found.start, found.end)).collect::<Vec<_>>(), [(20, 24), (46, 48)]);
        // 8 ln 4 − 3 · 1
        assert!((stretches[0].strength - (8.0 * 4.0_f64.ln() - 3.0)).abs() < 1e-12);
        assert!(automaton.stretches(&[], &[]).is_empty());
    }
}
