//! What a person has thrown away stays so under whatever name it comes, and swallows nothing else.

use super::*;

#[test]
fn what_was_deleted_while_it_was_pending_stays_deleted_when_nothing_links_its_booking() {
    let mut rows = Rows::default();
    rows.page(&[pending(1, 5, -350), pending(2, 5, -350)], &[]);
    rows.leave(0, State::Deleted);
    rows.page(&[booked(3, 6, -350)], &[1]);
    assert_eq!((rows.list(State::Posted), rows.list(State::Deleted).len()), (vec![], 1));
    // Its twin is another purchase, and one that comes later as well.
    rows.page(&[booked(4, 6, -350), booked(5, 6, -350)], &[2]);
    assert_eq!((rows.list(State::Posted).len(), rows.list(State::Deleted).len()), (2, 1));
}

#[test]
fn what_was_deleted_while_it_was_pending_is_waited_for_on_its_very_day() {
    for (on, twin, is_shown) in
        [(5, None, false), (6, None, true), (5, Some(5), true), (5, Some(4), true), (5, Some(7), false)]
    {
        let mut rows = Rows::default();
        rows.page(&[pending(1, 5, -350)], &[]);
        rows.leave(0, State::Deleted);
        rows.page(&twin.map(|on| pending(2, on, -350)).into_iter().collect::<Vec<_>>(), &[]);
        rows.page(&[], &[1]);
        rows.close();
        rows.page(&[booked(3, on, -350)], &[]);
        assert_eq!(rows.list(State::Posted).len(), usize::from(is_shown), "{on} {twin:?}");
        rows.page(&[booked(4, on, -350)], &[]);
        assert_eq!(rows.list(State::Posted).len(), usize::from(is_shown) + 1, "it swallows one at most");
    }
}

#[test]
fn a_booking_that_was_deleted_and_taken_back_comes_back_on_its_very_day_only() {
    for (on, is_shown) in [(5, false), (6, true)] {
        for pages in 1..3 {
            let mut rows = Rows::default();
            rows.page(&[booked(1, 5, -350)], &[]);
            rows.leave(0, State::Deleted);
            let removed = [1];
            if pages == 2 {
                rows.page(&[], &removed);
            }
            rows.page(&[booked(2, on, -350)], &removed[..2 - pages]);
            assert_eq!(rows.list(State::Posted).len(), usize::from(is_shown), "{on} {pages}");
        }
    }
}

#[test]
fn of_two_that_go_the_one_that_was_shown_is_booked() {
    for order in [[1, 2], [2, 1]] {
        let mut rows = Rows::default();
        rows.page(&order.map(|id| pending(id, 5, -350)), &[]);
        rows.leave(0, State::Deleted);
        rows.page(&[booked(3, 5, -350)], &[1, 2]);
        assert_eq!(rows.list(State::Posted), [(5, -350)]);
    }
    // One that expired long ago is not meant before what goes now.
    let mut rows = Rows::default();
    rows.page(&[pending(1, 5, -350), pending(2, 5, -350)], &[]);
    rows.page(&[], &[1]);
    rows.close();
    rows.leave(1, State::Deleted);
    rows.page(&[], &[2]);
    rows.page(&[booked(3, 5, -350)], &[]);
    assert_eq!(rows.list(State::Posted), []);
}

#[test]
fn a_tombstone_swallows_nothing_of_another_amount() {
    let mut rows = Rows::default();
    rows.page(&[pending(1, 5, -2_000)], &[]);
    rows.leave(0, State::Deleted);
    // The pending row expired; at the same merchant something else was bought.
    rows.page(&[booked(2, 6, -3_500)], &[1]);
    assert_eq!(rows.list(State::Posted), [(6, -3_500)]);
}

#[test]
fn what_was_deleted_stays_deleted() {
    let mut rows = Rows::default();
    rows.page(&[booked(1, 5, -350), pending(2, 5, -900)], &[]);
    rows.leave(0, State::Deleted);
    rows.leave(1, State::Deleted);
    let plan = rows.page(&[booked(1, 5, -360), Incoming { replaces: Some(2), ..booked(3, 7, -900) }], &[2]);
    assert_eq!(plan.decisions[0], Decision::Swallowed { known: 0 });
    assert_eq!((rows.list(State::Posted), rows.list(State::Deleted).len()), (vec![], 2));
    assert_eq!(rows.page(&[booked(3, 7, -900)], &[]).decisions, [Decision::Swallowed { known: 1 }]);
}
