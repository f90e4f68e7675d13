/// `N` bytes of the crypto library's CSPRNG. The core takes them as arguments.
///
/// # Panics
/// If the operating system has no randomness to give, without which nothing here is safe.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system's random number generator works");
    bytes
}
