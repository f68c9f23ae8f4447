# Read by the scripts that try signed images with `.`.

# make_signer DIR: a key on P-384 and its certificate, as signer-key.pem and signer.pem, for trials: the
# key lies open in the folder. nitro-cli takes SHA-384 and that curve.
make_signer() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:secp384r1 -sha384 -nodes -days 365 \
        -subj '/CN=vouchsafe image signer' -keyout "$1/signer-key.pem" -out "$1/signer.pem" \
        2>/dev/null
}
