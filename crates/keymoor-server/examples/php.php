<?php
// Gets an access token, which lives for 300 seconds, and calls the API with it.
require __DIR__ . '/vendor/autoload.php';

use League\OAuth2\Client\Provider\GenericProvider;

$provider = new GenericProvider([
    'clientId' => getenv('KEYMOOR_KEY') ?: '{{key}}',
    'clientSecret' => getenv('KEYMOOR_SECRET') ?: '{{secret}}',
    'urlAuthorize' => '',
    'urlAccessToken' => '{{token_url}}',
    'urlResourceOwnerDetails' => '',
    'timeout' => 10,
]);

$token = $provider->getAccessToken('client_credentials');
$request = $provider->getAuthenticatedRequest('GET', '{{account_url}}', $token);
echo $provider->getParsedResponse($request)['mail'], PHP_EOL;
