//! What both kinds of link promise: order, no loss, exact room, an end.

use crate::{Batch, FrameHead, FrameKind, Full, frames, link};
use proptest::prelude::*;
use std::collections::VecDeque;
use types::Nanos;

const fn head(connection: u16) -> FrameHead {
    FrameHead::new(FrameKind::Message, connection, Nanos(1), 2)
}

#[test]
fn hands_items_over_in_order_and_says_when_it_is_full() {
    let (mut sender, mut receiver) = link("a_b", 8, 0_u64);
    for item in 0..8 {
        assert_eq!(sender.try_send(item), Ok(()));
    }
    assert_eq!(sender.try_send(8), Err(Full));
    assert_eq!(sender.room(1), 0);
    let mut got = Vec::new();
    assert_eq!(receiver.poll(3, |item| got.push(*item)), Batch::Took(3));
    assert_eq!(sender.room(8), 3);
    assert_eq!(receiver.poll(64, |item| got.push(*item)), Batch::Took(5));
    assert_eq!(receiver.poll(64, |_| unreachable!()), Batch::Empty);
    assert_eq!(got, (0..8).collect::<Vec<_>>());
}

#[test]
fn a_dropped_sender_closes_the_link_after_the_last_item() {
    let (mut sender, mut receiver) = link("a_b", 4, 0_u8);
    sender.try_send(9).unwrap();
    drop(sender);
    let mut got = 0;
    assert_eq!(receiver.poll(8, |item| got = *item), Batch::Took(1));
    assert_eq!((got, receiver.poll(8, |_| ())), (9, Batch::Closed));
    assert!(receiver.gauge().is_closed());
}

#[test]
fn the_gauge_counts_what_waits() {
    let (mut sender, mut receiver) = link("a_b", 4, 0_u8);
    let gauge = sender.gauge();
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    assert_eq!((gauge.sent(), gauge.taken(), gauge.waiting()), (2, 0, 2));
    receiver.poll(1, |_| ());
    assert_eq!(gauge.waiting(), 1);
    assert_eq!((gauge.name(), gauge.depth()), ("a_b", 4));
}

#[test]
fn what_is_taken_and_not_settled_still_waits() {
    let (mut sender, mut receiver) = link("a_b", 4, 0_u8);
    sender.try_send(5).unwrap();
    assert_eq!(receiver.take(), Some(5));
    assert_eq!((receiver.take(), receiver.gauge().waiting()), (None, 1));
    receiver.settle();
    assert_eq!(receiver.gauge().waiting(), 0);
}

#[test]
fn two_threads_lose_nothing() {
    let (mut sender, mut receiver) = link("a_b", 16, 0_u64);
    let count: u64 = if cfg!(miri) { 200 } else { 200_000 };
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for item in 0..count {
                while sender.try_send(item).is_err() {
                    std::thread::yield_now();
                }
            }
        });
        let mut next = 0;
        while receiver.poll(7, |item| {
            assert_eq!(*item, next);
            next += 1;
        }) != Batch::Closed
        {
            std::thread::yield_now();
        }
        assert_eq!(next, count);
    });
}

#[test]
fn a_frame_lies_whole_with_its_padding() {
    let (mut sender, mut receiver) = frames("feed_normalizer", 4096);
    sender.try_send(head(7), b"hello").unwrap();
    let mut frame = receiver.peek().unwrap();
    assert_eq!((frame.bytes(), frame.head.connection), (&b"hello"[..], 7));
    let (padded, length) = frame.padded();
    assert_eq!((padded.len(), length), (69, 5));
    padded.fill(0xff);
    receiver.release();
    assert!(receiver.peek().is_none());
}

#[test]
fn a_frame_is_the_same_until_it_is_released() {
    let (mut sender, mut receiver) = frames("feed_normalizer", 4096);
    let gauge = sender.gauge();
    sender.try_send(head(1), b"one").unwrap();
    sender.try_send(head(2), b"two").unwrap();
    assert_eq!(receiver.peek().unwrap().bytes(), b"one");
    assert_eq!(receiver.peek().unwrap().bytes(), b"one");
    assert_eq!(gauge.waiting(), 2);
    receiver.release();
    assert_eq!(receiver.peek().unwrap().bytes(), b"two");
    receiver.release();
    receiver.release();
    assert_eq!(gauge.waiting(), 0);
}

#[test]
fn refuses_a_frame_that_can_never_fit_and_one_that_does_not_now() {
    let (mut sender, mut receiver) = frames("feed_normalizer", 4096);
    assert_eq!(sender.longest(), 1024);
    assert_eq!(sender.try_send(head(0), &[0; 1025]), Err(Full));
    let mut sent = 0;
    while sender.try_send(head(0), &[1; 900]).is_ok() {
        sent += 1;
    }
    assert!(sent >= 2);
    receiver.release();
    assert_eq!(sender.try_send(head(0), &[1; 900]), Ok(()));
}

#[test]
fn a_feed_that_is_gone_is_finished_once_drained() {
    let (mut sender, mut receiver) = frames("feed_normalizer", 4096);
    sender.try_send(head(0), b"last").unwrap();
    drop(sender);
    assert!(!receiver.is_finished());
    receiver.release();
    assert!(receiver.is_finished());
}

#[test]
fn two_threads_lose_no_frame_and_no_byte() {
    let (mut sender, mut receiver) = frames("feed_normalizer", 4096);
    let count: u32 = if cfg!(miri) { 100 } else { 50_000 };
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for number in 0..count {
                let bytes = vec![(number % 251) as u8; (number % 700) as usize];
                while sender.try_send(head((number % 9) as u16), &bytes).is_err() {
                    std::thread::yield_now();
                }
            }
        });
        for number in 0..count {
            let mut frame = loop {
                if let Some(frame) = receiver.peek() {
                    break frame;
                }
                std::thread::yield_now();
            };
            assert_eq!(frame.bytes().len(), (number % 700) as usize);
            assert!(frame.bytes().iter().all(|byte| *byte == (number % 251) as u8));
            frame.padded().0.fill(0xee);
            receiver.release();
        }
    });
}

proptest! {
    #[test]
    fn prop_frames_equal_a_queue(steps in prop::collection::vec((any::<bool>(), 0_usize..1100), 1..200)) {
        let (mut sender, mut receiver) = frames("feed_normalizer", 4096);
        let mut queue: VecDeque<Vec<u8>> = VecDeque::new();
        for (number, (send, length)) in steps.into_iter().enumerate() {
            if send {
                let bytes = vec![number as u8; length];
                if sender.try_send(head(0), &bytes).is_ok() {
                    queue.push_back(bytes);
                } else {
                    // Full only when something waits, or when it can never fit.
                    prop_assert!(!queue.is_empty() || length > 1024);
                }
            } else {
                let got = receiver.peek().map(|mut frame| {
                    let bytes = frame.bytes().to_vec();
                    frame.padded().0.fill(0xaa);
                    bytes
                });
                prop_assert_eq!(got, queue.pop_front());
                receiver.release();
            }
        }
    }
}
