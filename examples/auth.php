<?php
// Gets an access token, renews it before it expires, and shows the account and its API tokens.
//
// KEYMOOR_SERVER, KEYMOOR_KEY and KEYMOOR_SECRET say where and who; KEYMOOR_ORGANIZATION is the UUID of an
// organization with Federated Authentication. Needs PHP 8 with curl, nothing else: auth-league.php does the same
// with league/oauth2-client.

declare(strict_types=1);

final class Api
{
    /** Seconds: a token is not used any more when it has less to live. */
    private const MARGIN = 30;

    private string $token = '';
    private int $until = 0;

    public function __construct(
        private readonly string $server,
        private readonly string $key,
        private readonly string $secret,
        private readonly ?string $organization,
    ) {
    }

    public function get(string $path): array
    {
        [$status, $body] = $this->ask("$this->server/api$path", [
            CURLOPT_HTTPHEADER => ["Authorization: Bearer {$this->token()}"],
        ]);
        if ($status === 200) {
            return $body;
        }
        $needsScope = ($body['error'] ?? '') === 'additional_authentication_required';
        $hint = $needsScope ? ' Set KEYMOOR_ORGANIZATION to its UUID.' : '';
        throw new RuntimeException("GET $path: $status: " . json_encode($body['message'] ?? null) . $hint);
    }

    /** The access token: a new one if there is none that lasts. */
    private function token(): string
    {
        $now = time();
        if ($now + self::MARGIN < $this->until) {
            return $this->token;
        }
        $asked = [
            'grant_type' => 'client_credentials',
            'client_id' => $this->key,
            'client_secret' => $this->secret,
        ];
        if ($this->organization !== null) {
            $asked['scope'] = "organization:$this->organization";
        }
        [$status, $body] = $this->ask("$this->server/api/auth/oauth/token", [
            CURLOPT_POSTFIELDS => http_build_query($asked),
        ]);
        if ($status !== 200) {
            throw new RuntimeException("No token: {$body['error']}: {$body['error_description']}");
        }
        $this->until = $now + $body['expires_in'];
        return $this->token = $body['access_token'];
    }

    /** Status and JSON object. Redirects are not followed: they could hand the secret to somebody else. */
    private function ask(string $url, array $options): array
    {
        $curl = curl_init($url);
        curl_setopt_array($curl, $options + [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 25]);
        $answer = curl_exec($curl);
        if ($answer === false) {
            throw new RuntimeException("$url: " . curl_error($curl));
        }
        $body = json_decode($answer, true);
        if (!is_array($body)) {
            throw new RuntimeException("$url: the answer is not JSON");
        }
        return [curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $body];
    }
}

function needed(string $name): string
{
    return getenv($name) ?: throw new RuntimeException("Set $name.");
}

try {
    $organization = getenv('KEYMOOR_ORGANIZATION') ?: null;
    $server = getenv('KEYMOOR_SERVER') ?: 'http://127.0.0.1:8080';
    $api = new Api($server, needed('KEYMOOR_KEY'), needed('KEYMOOR_SECRET'), $organization);

    echo "Account {$api->get('/account')['mail']}\n";
    foreach ($api->get('/account/tokens?filter=active=true&sort=label')['_embedded']['items'] as $token) {
        echo "API token {$token['uuid']} {$token['label']}\n";
    }
    if ($organization !== null) {
        echo "Organization {$api->get("/organizations/$organization")['name']}\n";
    }
} catch (RuntimeException $error) {
    fwrite(STDERR, $error->getMessage() . "\n");
    exit(1);
}
