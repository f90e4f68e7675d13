<?php
// The same as auth.php with league/oauth2-client: composer require league/oauth2-client
//
// KEYMOOR_SERVER, KEYMOOR_KEY and KEYMOOR_SECRET say where and who; KEYMOOR_ORGANIZATION is the UUID of an
// organization with Federated Authentication.

declare(strict_types=1);

require __DIR__ . '/vendor/autoload.php';

use League\OAuth2\Client\Provider\Exception\IdentityProviderException;
use League\OAuth2\Client\Provider\GenericProvider;
use League\OAuth2\Client\Token\AccessTokenInterface;

final class Api
{
    /** Seconds: a token is not used any more when it has less to live. */
    private const MARGIN = 30;

    private readonly GenericProvider $provider;
    private ?AccessTokenInterface $token = null;

    public function __construct(
        private readonly string $server,
        string $key,
        string $secret,
        private readonly ?string $organization,
    ) {
        $this->provider = new GenericProvider([
            'clientId' => $key,
            'clientSecret' => $secret,
            'urlAuthorize' => '',
            'urlAccessToken' => "$server/api/auth/oauth/token",
            'urlResourceOwnerDetails' => '',
            'timeout' => 25,
        ]);
    }

    public function get(string $path): array
    {
        $request = $this->provider->getAuthenticatedRequest('GET', "$this->server/api$path", $this->token());
        return $this->provider->getParsedResponse($request);
    }

    /** The access token: a new one if there is none that lasts. */
    private function token(): AccessTokenInterface
    {
        if ($this->token === null || $this->token->getExpires() <= time() + self::MARGIN) {
            $scope = $this->organization === null ? [] : ['scope' => "organization:$this->organization"];
            $this->token = $this->provider->getAccessToken('client_credentials', $scope);
        }
        return $this->token;
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
} catch (IdentityProviderException $refusal) {
    $body = $refusal->getResponseBody();
    $why = is_array($body) ? ($body['error_description'] ?? json_encode($body['message'] ?? null)) : '';
    fwrite(STDERR, "{$refusal->getMessage()}: $why\n");
    exit(1);
} catch (RuntimeException $error) {
    fwrite(STDERR, $error->getMessage() . "\n");
    exit(1);
}
