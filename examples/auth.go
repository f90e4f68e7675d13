// Gets an access token, renews it before it expires, and shows the account and its API tokens.
//
// go get golang.org/x/oauth2
//
// KEYMOOR_SERVER, KEYMOOR_KEY and KEYMOOR_SECRET say where and who; KEYMOOR_ORGANIZATION is the UUID of an
// organization with Federated Authentication.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

type api struct {
	server string
	http   *http.Client
}

// newAPI gives a client that gets a token by itself, and a new one before it expires.
func newAPI(server, key, secret, organization string) api {
	config := clientcredentials.Config{
		ClientID:     key,
		ClientSecret: secret,
		TokenURL:     server + "/api/auth/oauth/token",
		AuthStyle:    oauth2.AuthStyleInParams,
	}
	if organization != "" {
		config.Scopes = []string{"organization:" + organization}
	}
	// A redirect could hand secret or token to somebody else.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	plain := &http.Client{Timeout: 25 * time.Second, CheckRedirect: stay}
	client := config.Client(context.WithValue(context.Background(), oauth2.HTTPClient, plain))
	client.Timeout, client.CheckRedirect = plain.Timeout, stay
	return api{server, client}
}

func (a api) get(path string, into interface{}) error {
	answer, err := a.http.Get(a.server + "/api" + path)
	if err != nil {
		return refusal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusOK {
		return json.NewDecoder(answer.Body).Decode(into)
	}
	var body struct {
		Error   string
		Message interface{}
	}
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		return fmt.Errorf("GET %s: %s", path, answer.Status)
	}
	hint := ""
	if body.Error == "additional_authentication_required" {
		hint = " Set KEYMOOR_ORGANIZATION to its UUID."
	}
	return fmt.Errorf("GET %s: %s: %v%s", path, answer.Status, body.Message, hint)
}

// refusal reads what the token endpoint said, if it was that.
func refusal(err error) error {
	var refused *oauth2.RetrieveError
	var body struct {
		Error       string
		Description string `json:"error_description"`
	}
	if errors.As(err, &refused) && json.Unmarshal(refused.Body, &body) == nil {
		return fmt.Errorf("No token: %s: %s", body.Error, body.Description)
	}
	return err
}

func run() error {
	server := os.Getenv("KEYMOOR_SERVER")
	if server == "" {
		server = "http://127.0.0.1:8080"
	}
	for _, name := range []string{"KEYMOOR_KEY", "KEYMOOR_SECRET"} {
		if os.Getenv(name) == "" {
			return fmt.Errorf("Set %s.", name)
		}
	}
	organization := os.Getenv("KEYMOOR_ORGANIZATION")
	a := newAPI(server, os.Getenv("KEYMOOR_KEY"), os.Getenv("KEYMOOR_SECRET"), organization)

	var account struct{ Mail string }
	if err := a.get("/account", &account); err != nil {
		return err
	}
	fmt.Println("Account", account.Mail)

	var tokens struct {
		Embedded struct {
			Items []struct{ UUID, Label string }
		} `json:"_embedded"`
	}
	if err := a.get("/account/tokens?filter=active=true&sort=label", &tokens); err != nil {
		return err
	}
	for _, token := range tokens.Embedded.Items {
		fmt.Println("API token", token.UUID, token.Label)
	}

	if organization != "" {
		var found struct{ Name string }
		if err := a.get("/organizations/"+organization, &found); err != nil {
			return err
		}
		fmt.Println("Organization", found.Name)
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
