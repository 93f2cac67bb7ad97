// An ordinary program of the official Go SDK: base URL and key come from the environment.
// Prints one JSON line per scenario: {"scenario", "ok", "detail"}.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
)

const model = "gpt-4o-mini"

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
	lines := json.NewEncoder(os.Stdout)
	for _, one := range []scenario{
		{"chat", chat},
		{"stream", stream},
		{"stream with usage", streamWithUsage},
		{"tools, two choices", toolsAndTwoChoices},
		{"models", models},
		{"wrong key", wrongKey},
		{"unknown path", unknownPath},
		{"unknown model", unknownModel},
		{"abort, then call", abort},
		{"20 parallel calls", parallel},
		{"no credits", noCredits},
	} {
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

func collect(ctx context.Context, question openai.ChatCompletionNewParams) ([]openai.ChatCompletionChunk, error) {
	client := openai.NewClient()
	stream := client.Chat.Completions.NewStreaming(ctx, question)
	defer stream.Close()
	var chunks []openai.ChatCompletionChunk
	for stream.Next() {
		chunks = append(chunks, stream.Current())
	}
	if len(chunks) == 0 && stream.Err() == nil {
		return nil, errors.New("no chunks")
	}
	return chunks, stream.Err()
}

func chat(ctx context.Context) (string, error) {
	client := openai.NewClient()
	answer, err := client.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
		Model:    model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Hello! tokens=40")},
	})
	if err != nil {
		return "", err
	}
	if answer.Choices[0].Message.Content == "" {
		return "", errors.New("empty content")
	}
	return fmt.Sprintf("%d tokens", answer.Usage.TotalTokens), checkUsage(answer.Usage, 40)
}

func stream(ctx context.Context) (string, error) {
	chunks, err := collect(ctx, ask("Hello! tokens=40", 100))
	if err != nil {
		return "", err
	}
	if len(chunks) <= 2 {
		return "", fmt.Errorf("only %d chunks", len(chunks))
	}
	var content strings.Builder
	for _, chunk := range chunks {
		if chunk.JSON.Usage.Valid() {
			return "", errors.New("usage that was not asked for")
		}
		if len(chunk.Choices) == 0 {
			return "", errors.New("a chunk without choices")
		}
		content.WriteString(chunk.Choices[0].Delta.Content)
	}
	if content.Len() == 0 {
		return "", errors.New("empty content")
	}
	return fmt.Sprintf("%d chunks", len(chunks)), nil
}

func streamWithUsage(ctx context.Context) (string, error) {
	question := ask("Hello! tokens=40", 100)
	question.StreamOptions.IncludeUsage = openai.Bool(true)
	chunks, err := collect(ctx, question)
	if err != nil {
		return "", err
	}
	last := chunks[len(chunks)-1]
	if !last.JSON.Usage.Valid() {
		return "", errors.New("no usage in the last chunk")
	}
	for _, chunk := range chunks[:len(chunks)-1] {
		if chunk.JSON.Usage.Valid() {
			return "", errors.New("usage before the last chunk")
		}
	}
	return fmt.Sprintf("%d tokens", last.Usage.TotalTokens), checkUsage(last.Usage, 40)
}

func toolsAndTwoChoices(ctx context.Context) (string, error) {
	question := ask("Weather in Rome? tokens=40", 100)
	question.N = openai.Int(2)
	question.Tools = []openai.ChatCompletionToolUnionParam{
		openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name:        "weather",
			Description: openai.String("The weather in a city"),
			Parameters: shared.FunctionParameters{
				"type":       "object",
				"properties": map[string]any{"city": map[string]string{"type": "string"}},
				"required":   []string{"city"},
			},
		}),
	}
	client := openai.NewClient()
	answer, err := client.Chat.Completions.New(ctx, question)
	if err != nil {
		return "", err
	}
	if len(answer.Choices) != 2 {
		return "", fmt.Errorf("%d choices", len(answer.Choices))
	}
	return fmt.Sprintf("%d tokens", answer.Usage.TotalTokens), checkUsage(answer.Usage, 80)
}

func models(ctx context.Context) (string, error) {
	client := openai.NewClient()
	count := 0
	pages := client.Models.ListAutoPaging(ctx)
	for pages.Next() {
		if pages.Current().ID == "" {
			return "", errors.New("a model without a name")
		}
		count++
	}
	if count == 0 && pages.Err() == nil {
		return "", errors.New("no models")
	}
	return fmt.Sprintf("%d models", count), pages.Err()
}

func wrongKey(ctx context.Context) (string, error) {
	client := openai.NewClient(option.WithAPIKey("sk-wrong"))
	_, err := client.Chat.Completions.New(ctx, ask("Hello!", 100))
	refused, err := checkError(err, http.StatusUnauthorized, "invalid_api_key")
	if err != nil {
		return "", err
	}
	if retries := refused.Request.Header.Get("X-Stainless-Retry-Count"); retries != "0" {
		return "", fmt.Errorf("retried %s times", retries)
	}
	return refused.Code, nil
}

func unknownPath(ctx context.Context) (string, error) {
	client := openai.NewClient()
	var answer map[string]any
	refused, err := checkError(client.Get(ctx, "no/such/path", nil, &answer), http.StatusNotFound)
	if err != nil {
		return "", err
	}
	if refused.Message == "" {
		return "", errors.New("no message in OpenAI's form")
	}
	return "404", nil
}

func unknownModel(ctx context.Context) (string, error) {
	client := openai.NewClient()
	question := ask("Hello!", 100)
	question.Model = "no-such-model"
	_, err := client.Chat.Completions.New(ctx, question)
	refused, err := checkError(err, http.StatusNotFound, "model_not_found")
	if err != nil {
		return "", err
	}
	return refused.Code, nil
}

func abort(ctx context.Context) (string, error) {
	client := openai.NewClient()
	streaming, cancel := context.WithCancel(ctx)
	defer cancel()
	stream := client.Chat.Completions.NewStreaming(streaming, ask("Hello! tokens=200 delay=50", 300))
	for range 3 {
		if !stream.Next() {
			return "", fmt.Errorf("the stream ended early: %w", stream.Err())
		}
	}
	cancel()
	if err := stream.Close(); err != nil {
		return "", err
	}
	answer, err := client.Chat.Completions.New(ctx, ask("Again! tokens=40", 100))
	if err != nil {
		return "", err
	}
	return "answered after the abort", checkUsage(answer.Usage, 40)
}

func parallel(ctx context.Context) (string, error) {
	client := openai.NewClient()
	failures := make([]error, 20)
	var calls sync.WaitGroup
	for number := range failures {
		calls.Go(func() {
			outputTokens := int64(20 + number)
			answer, err := client.Chat.Completions.New(ctx, ask(fmt.Sprintf("Call tokens=%d delay=5", outputTokens), 100))
			if err == nil {
				err = checkUsage(answer.Usage, outputTokens)
			}
			failures[number] = err
		})
	}
	calls.Wait()
	return fmt.Sprintf("%d answers", len(failures)), errors.Join(failures...)
}

func noCredits(ctx context.Context) (string, error) {
	var calls atomic.Int64
	client := openai.NewClient(option.WithMiddleware(
		func(request *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			calls.Add(1)
			return next(request)
		}))
	var err error
	for range 10 {
		calls.Store(0)
		if _, err = client.Chat.Completions.New(ctx, ask("Much! tokens=5000", 6000)); err != nil {
			break
		}
	}
	refused, err := checkError(err, http.StatusPaymentRequired, "credit_balance_exhausted", "request_exceeds_balance")
	if err != nil {
		return "", err
	}
	if !strings.Contains(refused.Message, "/topup") {
		return "", fmt.Errorf("no top-up address in: %s", refused.Message)
	}
	if calls.Load() != 1 {
		return "", fmt.Errorf("%d calls", calls.Load())
	}
	return refused.Code, nil
}
