// golang.org/x/oauth2: its three ways to authenticate, its client for calls, and what it makes of refusals.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

var issuer = os.Getenv("KEYMOOR_ISSUER")

func config(secret, scope string, style oauth2.AuthStyle) *clientcredentials.Config {
	config := &clientcredentials.Config{
		ClientID:     os.Getenv("KEYMOOR_CLIENT_ID"),
		ClientSecret: secret,
		TokenURL:     issuer + "/api/auth/oauth/token",
		AuthStyle:    style,
	}
	if scope != "" {
		config.Scopes = []string{scope}
	}
	return config
}

func works(config *clientcredentials.Config) error {
	ctx := context.Background()
	token, err := config.Token(ctx)
	if err != nil {
		return err
	}
	if left := time.Until(token.Expiry); !token.Valid() || left < 290*time.Second || left > 301*time.Second {
		return fmt.Errorf("the library counts %v", left)
	}
	if token.RefreshToken != "" || token.Type() != "Bearer" {
		return errors.New("a refresh token, or no bearer token")
	}
	answer, err := config.Client(ctx).Get(issuer + "/api/account")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusOK || !strings.Contains(string(body), "@") {
		return fmt.Errorf("the API answers %s: %s", answer.Status, body)
	}
	return err
}

func refused(code string, config *clientcredentials.Config) error {
	_, err := config.Token(context.Background())
	var refusal *oauth2.RetrieveError
	if !errors.As(err, &refusal) {
		return fmt.Errorf("no refusal but %v", err)
	}
	var body struct{ Error string }
	if json.Unmarshal(refusal.Body, &body) != nil || body.Error != code {
		return fmt.Errorf("the refusal is %q, not %s", refusal.Body, code)
	}
	return nil
}

func run() error {
	secret, scope := os.Getenv("KEYMOOR_CLIENT_SECRET"), os.Getenv("KEYMOOR_SCOPE")
	for _, style := range []oauth2.AuthStyle{
		oauth2.AuthStyleAutoDetect, oauth2.AuthStyleInParams, oauth2.AuthStyleInHeader,
	} {
		if err := works(config(secret, scope, style)); err != nil {
			return fmt.Errorf("auth style %d: %w", style, err)
		}
	}
	last := "a"
	if strings.HasSuffix(secret, last) {
		last = "b"
	}
	wrong := secret[:len(secret)-1] + last
	if err := refused("invalid_client", config(wrong, scope, oauth2.AuthStyleInParams)); err != nil {
		return err
	}
	foreign := "organization:00000000-0000-4000-8000-000000000000"
	return refused("invalid_scope", config(secret, foreign, oauth2.AuthStyleInHeader))
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "x/oauth2:", err)
		os.Exit(1)
	}
	fmt.Println(`{"library":"golang.org/x/oauth2","ok":true,"did":["call","invalid_client","invalid_scope","token"]}`)
}
