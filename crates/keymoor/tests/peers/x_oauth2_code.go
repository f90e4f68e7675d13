// golang.org/x/oauth2: the authorization code with PKCE by its options, its client for calls, and its refresh.
package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

var issuer = os.Getenv("KEYMOOR_ISSUER")

func config(secret string) *oauth2.Config {
	return &oauth2.Config{
		ClientID:     os.Getenv("KEYMOOR_APPLICATION_ID"),
		ClientSecret: secret,
		RedirectURL:  os.Getenv("KEYMOOR_REDIRECT_URI"),
		Scopes:       append(strings.Fields(os.Getenv("KEYMOOR_SCOPE")), "offline_access"),
		Endpoint: oauth2.Endpoint{
			AuthURL:  issuer + "/api/auth/oauth/authorize",
			TokenURL: issuer + "/api/auth/oauth/token",
		},
	}
}

// The URL that the person who is sent to address, and allows, is sent back to.
func letIn(address string) (url.Values, error) {
	command := exec.Command(os.Getenv("KEYMOOR_PERSON"), "person.py", address)
	command.Stderr = os.Stderr
	back, err := command.Output()
	if err != nil {
		return nil, err
	}
	parsed, err := url.Parse(strings.TrimSpace(string(back)))
	if err != nil {
		return nil, err
	}
	return parsed.Query(), nil
}

func call(config *oauth2.Config, token *oauth2.Token) error {
	if token.RefreshToken == "" || token.Type() != "Bearer" || !token.Valid() {
		return errors.New("no refresh token, or no bearer token")
	}
	answer, err := config.Client(context.Background(), token).Get(issuer + "/api/account")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the API answers %s", answer.Status)
	}
	return nil
}

// A source that has nothing but the refresh token.
func refresh(config *oauth2.Config, token string) (*oauth2.Token, error) {
	old := &oauth2.Token{RefreshToken: token, Expiry: time.Now().Add(-time.Hour)}
	return config.TokenSource(context.Background(), old).Token()
}

func run() error {
	secret := os.Getenv("KEYMOOR_APPLICATION_SECRET")
	config := config(secret)
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return err
	}
	verifier := base64.RawURLEncoding.EncodeToString(random)
	hash := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(hash[:])
	back, err := letIn(config.AuthCodeURL("x y",
		oauth2.SetAuthURLParam("code_challenge", challenge),
		oauth2.SetAuthURLParam("code_challenge_method", "S256")))
	if err != nil {
		return err
	}
	if back.Get("state") != "x y" || back.Get("iss") != issuer {
		return fmt.Errorf("it came back with %v", back)
	}
	ctx := context.Background()
	token, err := config.Exchange(ctx, back.Get("code"), oauth2.SetAuthURLParam("code_verifier", verifier))
	if err != nil {
		return err
	}
	if err := call(config, token); err != nil {
		return err
	}
	fresh, err := refresh(config, token.RefreshToken)
	if err != nil {
		return err
	}
	if fresh.RefreshToken == token.RefreshToken {
		return errors.New("the refresh token was not rotated")
	}
	if err := call(config, fresh); err != nil {
		return err
	}
	config.ClientSecret = os.Getenv("KEYMOOR_APPLICATION_WRONG_SECRET")
	_, err = refresh(config, fresh.RefreshToken)
	var refusal *oauth2.RetrieveError
	var body struct{ Error string }
	if !errors.As(err, &refusal) || json.Unmarshal(refusal.Body, &body) != nil || body.Error != "invalid_client" {
		return fmt.Errorf("the refusal is %v", err)
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "x/oauth2:", err)
		os.Exit(1)
	}
	fmt.Println(`{"library":"golang.org/x/oauth2","ok":true,"did":["call","invalid_client","refreshed","token"]}`)
}
