/*
 * test_net_signature.c
 *		Signatures by private keys: what holds, and all that does not.
 */
#include "net/signature.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "unit.h"

static const char message[] = "1614265330[{\"event\":\"delivered\"}]";

/* As SendGrid shows it. */
static const char p256_key[] =
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1rDvEid3qayI3yrPf0icIYf2CQLlPocBO2H+"
	"E4sF9ZwCr6z8mYsLhPNMQYB0nbaJMWrb0qGC7vXz43kUAZbQeQ==";
static const char p256_signature[] =
	"MEUCIQDpGFwKrGTlo8JeleK9kVGX0zJvhOL7CoFVmzaHEO65dgIgeY57TsLL/sWPEZjfbKJb"
	"RVHGwZTDiooH7EI5+1cYEEc=";
static const char rsa_certificate[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIDGTCCAgGgAwIBAgIUMlzny04Cu6ne4NuJK3cG6TLIRoUwDQYJKoZIhvcNAQEL\n"
	"BQAwHDEaMBgGA1UEAwwRc25zLmFtYXpvbmF3cy5jb20wHhcNMjYxMTIyMjM0ODA0\n"
	"WhcNMzYxMTE5MjM0ODA0WjAcMRowGAYDVQQDDBFzbnMuYW1hem9uYXdzLmNvbTCC\n"
	"ASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAJCIC6nRo1E6cssc5nM+bbTx\n"
	"6877XQloFztiOt4SmPQt0/sa/+Lq6uuDnUoy/WXGbJxwy8U1WoJfHDsFmY5SNp5r\n"
	"xHLFPiuFQFqWbb57E6dzUZ6WXHUPGeNb7frDNJUm0vS+QGV77sucbjz6pHNMcBh9\n"
	"jWueDMnP6VlZfxXNE+d3eYLJbyyPVQE6i1eQ06ttNmzMhixbsTG8AVvVwrVwwGyU\n"
	"QVBAS1wjp5B6B/nJJWZxOMDF6LOJf6uhqI9i1VxRZagw387zsqlBc7zrjQcuMRLI\n"
	"Oix1uzdTrYchT1c8FQHKAZ+6jqkEo/V8mJqhyDNUAt4WHQtjtCYalO3fdRa/w/sC\n"
	"AwEAAaNTMFEwHQYDVR0OBBYEFPo3yhIfLk8JkfvgBGjRZy+qasXVMB8GA1UdIwQY\n"
	"MBaAFPo3yhIfLk8JkfvgBGjRZy+qasXVMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZI\n"
	"hvcNAQELBQADggEBAFcyKHVnS8eufzr2qNCTrbCLhaT3eixc+WqUcVn4a6nZeK/c\n"
	"QRnoTyyhKQOrmauxM8NxFmxNxsYSx+SubzLDVhpGAITIXbqDc+ewSgJ+ORNinP06\n"
	"Q4Gp0CU9NZNOQgsmHFyCRNRPSx/mi4UO1zBhwKOEwBsL5VJoSzEbHW0n57MRE7fD\n"
	"wEyNgFUndOcjhwEl7J8rn1leIpjUSo7bWF8BnA5vKpKgD0VvnQg1k9LDEgDWhGgw\n"
	"38IBjmQ+no1JajxZxm3d/pAFz/MnH3nNFoAfBFSi6U9994H/iEgSDSzmlG5CpSej\n"
	"lpNkMekqxGsGSpL6vYbomaaq23N6zIPSoiG4aCE=\n"
	"-----END CERTIFICATE-----\n";
static const char rsa_signature[] =
	"Zqt8Xe3hAkXg5zqHceO/kZHclqzV8yqbwEQSJAAFplJoNKitTPyqbV6RmciPvFn77lJDUy6E"
	"GkX3xnnjJ/TAAyarslwgKeu2hvz4AvUCEomumNGAurC12ECfcme/Tzn5/adwg/63xWpQmqgz"
	"yvb0vpFTGGBu5uiZ6s8dpQ5MkMzzodgzLMLFKEQO566Mj9bDdXjZoQvMJ7tJ5V6NFOyS4iN7"
	"hT2BbqI8drvAORS+viwZKdRG1lKwsp9EKeQ4rpdXY+jcjwxR24Xb/qeF7+2WAtbZbUJaC3tX"
	"6Qrlb8xNDKAA3IiA2Fc9wtL3Tzgg9PWS8sNcXA31qmOpGmTU0YvpwA==";
static const char p384_key[] =
	"MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE46yET8P9JKichzGhh6wh7B6nx/2J81bjsbKisSFf"
	"muXYFbk1ok235qz/MUTlHKf04pM0nlD639azt8p6jBsG2O0ABb9/VKPTULSO88PvA8vUeFIa"
	"XKYp7GuPLqfcFONR";
static const char p384_signature[] =
	"MGUCMQDF1ST7IL7HzTGH+7u15z0Ni4+w3Va5suj7/x37i/cynrVbv/8H60b6lEuQQSDoU7UC"
	"MBBH4G/rXjssGIcAxrcgOaRdcfoWNve+xaCS96HNr7iqhUczjq3O8JcCH0L2gPzTyg==";
static const char rsa1024_key[] =
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDY/+uMObLOPjCTBtx+VMsXYC6LLm90BdGT"
	"1LvRZKQThwRrdkv1M9eN4d6Yszdn0HVIaHyTF8fwkDoK7axRFRSKPYcz8zfqMHDhYS+aEzxe"
	"VIXJtZH1jcVnEs7v8PkLUsHq8PIDmuBTJJyCkDLdel9g496DgLVs11y9OAUnS5qHVQIDAQAB";
static const char rsa1024_signature[] =
	"GUeYMA/GTU+UwUNi8TnlSdY502rw+vzj66HlF8eHLUq1sO9TyWOLcSkB8RdPBR+KTHJri9hD"
	"oaZxPyQ7yBnTbbokJ2G7wLYa6tK9KQ719ljKsYVWjkoS7Z5J+MhNyu22AU2LGsKqQmipXeXs"
	"nzysB3CjUgSFOZVhAPL321zvS/Q=";

/* Whether signature, which is in base64, holds for this message. */
static bool
holds(const char *key, const char *text, size_t size, const char *signature)
{
	unsigned char bytes[1024];
	size_t padding = strlen(signature) - strcspn(signature, "=");
	int n = EVP_DecodeBlock(bytes, (const unsigned char *) signature, (int) strlen(signature));

	return campaign_net_signature_holds(key, text, size, bytes, (size_t) n - padding);
}

#define HOLDS(key, signature) holds(key, message, sizeof(message) - 1, signature)

static void
test_kinds(void)
{
	char one_line[4096];
	size_t n = 0;
	const char *p;

	OK(HOLDS(p256_key, p256_signature), "ECDSA with P-256 and a bare key");
	OK(HOLDS(rsa_certificate, rsa_signature), "RSA with a certificate in PEM");
	for (p = rsa_certificate; *p != '\0'; p++)
		if (*p != '\n')
			one_line[n++] = *p;
	one_line[n] = '\0';
	OK(HOLDS(one_line, rsa_signature), "a certificate of which the lines were joined");
	OK(!HOLDS(p384_key, p384_signature), "another curve is refused, though it signed");
	OK(!HOLDS(rsa1024_key, rsa1024_signature), "RSA of 1024 bits is refused, though it signed");
}

/* Every bit counts: of the message, of the signature; and so does every byte of their lengths. */
static void
test_tampered(void)
{
	char text[sizeof(message)];
	unsigned char signature[256];
	size_t padding = strlen(p256_signature) - strcspn(p256_signature, "=");
	int n = EVP_DecodeBlock(signature, (const unsigned char *) p256_signature,
							(int) strlen(p256_signature)) -
			(int) padding;
	int wrong = 0;
	int i;

	memcpy(text, message, sizeof(message));
	for (i = 0; i < 8 * (int) (sizeof(message) - 1); i++)
	{
		text[i / 8] ^= (char) (1 << i % 8);
		wrong += campaign_net_signature_holds(p256_key, text, sizeof(message) - 1, signature,
											  (size_t) n);
		text[i / 8] ^= (char) (1 << i % 8);
	}
	IS(wrong, 0, "no bit of the message can be turned");
	for (i = 0; i < 8 * n; i++)
	{
		signature[i / 8] ^= (unsigned char) (1 << i % 8);
		wrong += campaign_net_signature_holds(p256_key, message, sizeof(message) - 1, signature,
											  (size_t) n);
		signature[i / 8] ^= (unsigned char) (1 << i % 8);
	}
	IS(wrong, 0, "no bit of the signature can be turned");
	for (i = 0; i < n; i++)
		wrong += campaign_net_signature_holds(p256_key, message, sizeof(message) - 1, signature,
											  (size_t) i);
	IS(wrong, 0, "no part of the signature will do");
	for (i = 0; i < (int) sizeof(message) - 1; i++)
		wrong += campaign_net_signature_holds(p256_key, message, (size_t) i, signature, (size_t) n);
	IS(wrong, 0, "no part of the message was signed");
	OK(campaign_net_signature_holds(p256_key, message, sizeof(message) - 1, signature, (size_t) n),
	   "the whole of both holds");
}

static void
test_bad_keys(void)
{
	static const char *const keys[] = {
		"",
		"x",
		"====",
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE",
		"-----BEGIN",
		"-----BEGIN CERTIFICATE-----",
		"-----BEGIN CERTIFICATE----------END CERTIFICATE-----",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"AAAA=AAA",
		"AAAA====",
	};
	char *huge = malloc(1 << 20);
	int good = 0;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		good += HOLDS(keys[i], p256_signature);
	IS(good, 0, "what is no key has signed nothing");
	memset(huge, 'A', (1 << 20) - 1);
	huge[(1 << 20) - 1] = '\0';
	OK(!HOLDS(huge, p256_signature), "a key without an end is no key");
	huge[NET_SIGNATURE_KEY_MAX] = '\0';
	OK(!HOLDS(huge, p256_signature), "nor is a large one of nothing");
	OK(!HOLDS(rsa_certificate, p256_signature) && !HOLDS(p256_key, rsa_signature),
	   "a key of another kind has signed nothing");
	free(huge);
}

int
main(void)
{
	test_kinds();
	test_tampered();
	test_bad_keys();
	return unit_done();
}
