#![no_main]
//! See the target of this name in [`vouchsafe_fuzz`].

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    vouchsafe_fuzz::engine::recognisers(input);
});
