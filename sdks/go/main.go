// An ordinary program of the official Go SDK: base URL and keys come from the environment.
// Prints one JSON line per scenario, {"scenario", "ok", "detail"}, where the detail is what the SDK's user sees.
// Arguments name the scenarios; without any, all run but those that need a key which is not there.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync/atomic"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"
)

const model = "gpt-4o-mini"

// The scenario whose requests follow.
var current string

type scenario struct {
	name string
	run  func(context.Context) (string, error)
}

type result struct {
	Scenario string `json:"scenario"`
	OK       bool   `json:"ok"`
	Detail   string `json:"detail"`
}

func main() {
	scenarios := append(slices.Clone(chatScenarios), mediaScenarios...)
	if os.Getenv("POOR_KEY") != "" {
		scenarios = append(scenarios, scenario{"held credits", heldCredits}, scenario{"rate limit", rateLimit}, scenario{"no credits", noCredits})
	}
	if named := os.Args[1:]; len(named) > 0 {
		scenarios = slices.DeleteFunc(append(scenarios, scenario{"keep-alive", keepAlive}), func(one scenario) bool {
			return !slices.Contains(named, one.name)
		})
	}
	lines := json.NewEncoder(os.Stdout)
	for _, one := range scenarios {
		current = one.name
		detail, err := one.run(context.Background())
		if err != nil {
			detail = describe(err)
		}
		if err := lines.Encode(result{one.name, err == nil, detail}); err != nil {
			panic(err)
		}
	}
}

// The SDK's error keeps the server's words out of its text.
func describe(err error) string {
	var refused *openai.Error
	if errors.As(err, &refused) {
		return fmt.Sprintf("%v: %s", err, refused.Message)
	}
	return err.Error()
}

func newClient(options ...option.RequestOption) openai.Client {
	named := option.WithHeader("X-Client-Request-Id", "go/"+current)
	return openai.NewClient(append([]option.RequestOption{named}, options...)...)
}

// A client and the number of HTTP requests that it has made.
func countingClient(options ...option.RequestOption) (openai.Client, *atomic.Int64) {
	var calls atomic.Int64
	counting := option.WithMiddleware(
		func(request *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			calls.Add(1)
			return next(request)
		})
	return newClient(append(options, counting)...), &calls
}

func drain[T any](stream *ssestream.Stream[T]) ([]T, error) {
	defer stream.Close()
	var events []T
	for stream.Next() {
		events = append(events, stream.Current())
	}
	return events, stream.Err()
}

func ask(prompt string, maxTokens int64) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model:     model,
		MaxTokens: openai.Int(maxTokens),
		Messages:  []openai.ChatCompletionMessageParamUnion{openai.UserMessage(prompt)},
	}
}

func checkUsage(usage openai.CompletionUsage, outputTokens int64) error {
	if total := usage.PromptTokens + usage.CompletionTokens; usage.TotalTokens != total {
		return fmt.Errorf("total %d, in + out %d", usage.TotalTokens, total)
	}
	if usage.CompletionTokens != outputTokens {
		return fmt.Errorf("%d tokens out, not %d", usage.CompletionTokens, outputTokens)
	}
	return nil
}

// The SDK's error with this status and, where codes are given, one of them.
func checkError(err error, status int, codes ...string) (*openai.Error, error) {
	if err == nil {
		return nil, fmt.Errorf("answered, not refused with %d", status)
	}
	var refused *openai.Error
	if !errors.As(err, &refused) {
		return nil, fmt.Errorf("raised %T, not *openai.Error: %w", err, err)
	}
	if refused.StatusCode != status {
		return nil, fmt.Errorf("status %d, not %d: %s", refused.StatusCode, status, refused.Message)
	}
	if len(codes) > 0 && !slices.Contains(codes, refused.Code) {
		return nil, fmt.Errorf("code %q, not one of %q", refused.Code, codes)
	}
	return refused, nil
}
