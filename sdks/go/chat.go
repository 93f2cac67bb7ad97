package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
)

var chatScenarios = []scenario{
	{"chat", chat},
	{"stream", stream},
	{"stream with usage", streamWithUsage},
	{"tools", tools},
	{"structured output", structuredOutput},
	{"vision", vision},
	{"two choices", twoChoices},
	{"models", models},
	{"wrong key", wrongKey},
	{"unknown path", unknownPath},
	{"unknown model", unknownModel},
	{"abort, then call", abort},
	{"retry after 429", served("refuse=429x1")},
	{"retry after 503", served("refuse=503x2")},
	{"retries used up", refused("refuse=500x9", http.StatusInternalServerError)},
	{"bad request", refused("refuse=400x9", http.StatusBadRequest)},
	{"error in a stream", brokenStream("fail=4")},
	{"cut stream", brokenStream("break=4")},
	{"100 parallel calls", parallel},
}

var city = map[string]any{
	"type":       "object",
	"properties": map[string]any{"city": map[string]string{"type": "string"}},
	"required":   []string{"city"},
}

func chat(ctx context.Context) (string, error) {
	client := newClient()
	answer, err := client.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
		Model:    model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Hello! tokens=40")},
	})
	if err != nil {
		return "", err
	}
	seen := fmt.Sprintf("%d tokens: %s", answer.Usage.TotalTokens, answer.Choices[0].Message.Content)
	return seen, checkUsage(answer.Usage, 40)
}

func collect(ctx context.Context, question openai.ChatCompletionNewParams) ([]openai.ChatCompletionChunk, error) {
	client := newClient()
	chunks, err := drain(client.Chat.Completions.NewStreaming(ctx, question))
	if len(chunks) == 0 && err == nil {
		err = errors.New("no chunks")
	}
	return chunks, err
}

func stream(ctx context.Context) (string, error) {
	chunks, err := collect(ctx, ask("Hello! tokens=40", 100))
	if err != nil {
		return "", err
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
	return fmt.Sprintf("%d chunks: %s", len(chunks), content.String()), nil
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

func tools(ctx context.Context) (string, error) {
	question := ask("Rome? call=weather", 100)
	question.Tools = []openai.ChatCompletionToolUnionParam{
		openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{Name: "weather", Parameters: city}),
	}
	client := newClient()
	answer, err := client.Chat.Completions.New(ctx, question)
	if err != nil {
		return "", err
	}
	call := answer.Choices[0].Message.ToolCalls[0].Function
	chunks, err := collect(ctx, question)
	if err != nil {
		return "", err
	}
	var arguments strings.Builder
	for _, chunk := range chunks {
		for _, piece := range chunk.Choices[0].Delta.ToolCalls {
			arguments.WriteString(piece.Function.Arguments)
		}
	}
	if arguments.String() != call.Arguments || !strings.Contains(call.Arguments, "city") {
		return "", fmt.Errorf("%s, streamed %s", call.Arguments, arguments.String())
	}
	return fmt.Sprintf("%s %s, %d tokens", call.Name, call.Arguments, answer.Usage.TotalTokens), nil
}

func structuredOutput(ctx context.Context) (string, error) {
	question := ask("Plan", 100)
	question.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
		JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "plan", Schema: city},
	}
	client := newClient()
	answer, err := client.Chat.Completions.New(ctx, question)
	if err != nil {
		return "", err
	}
	var plan struct{ City string }
	if err := json.Unmarshal([]byte(answer.Choices[0].Message.Content), &plan); err != nil {
		return "", err
	}
	return fmt.Sprintf("%v, %d tokens", plan, answer.Usage.TotalTokens), nil
}

func vision(ctx context.Context) (string, error) {
	question := ask("", 100)
	question.Messages = []openai.ChatCompletionMessageParamUnion{
		openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
			openai.TextContentPart("What? tokens=20"),
			openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{
				URL: "data:image/png;base64," + pixel,
			}),
		}),
	}
	client := newClient()
	answer, err := client.Chat.Completions.New(ctx, question)
	if err != nil {
		return "", err
	}
	if answer.Usage.PromptTokens <= 85 {
		return "", fmt.Errorf("%d tokens in: the image was not counted", answer.Usage.PromptTokens)
	}
	return fmt.Sprintf("%d tokens", answer.Usage.TotalTokens), nil
}

func twoChoices(ctx context.Context) (string, error) {
	question := ask("Twice tokens=20", 100)
	question.N = openai.Int(2)
	question.Logprobs = openai.Bool(true)
	client := newClient()
	answer, err := client.Chat.Completions.New(ctx, question)
	if err != nil {
		return "", err
	}
	if len(answer.Choices) != 2 || len(answer.Choices[1].Logprobs.Content) != 20 {
		return "", fmt.Errorf("%d choices, or logprobs are missing", len(answer.Choices))
	}
	return fmt.Sprintf("%d tokens", answer.Usage.TotalTokens), checkUsage(answer.Usage, 40)
}

func models(ctx context.Context) (string, error) {
	client := newClient()
	var names []string
	pages := client.Models.ListAutoPaging(ctx)
	for pages.Next() {
		names = append(names, pages.Current().ID)
	}
	if pages.Err() != nil {
		return "", pages.Err()
	}
	one, err := client.Models.Get(ctx, names[0])
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s of %v", one.ID, names), nil
}

func wrongKey(ctx context.Context) (string, error) {
	client, calls := countingClient(option.WithAPIKey("sk-wrong"))
	_, err := client.Chat.Completions.New(ctx, ask("Hello!", 100))
	failure, err := checkError(err, http.StatusUnauthorized, "invalid_api_key")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, %s, %d call", failure.Code, failure.Type, calls.Load()), nil
}

func unknownPath(ctx context.Context) (string, error) {
	client := newClient()
	var answer map[string]any
	failure, err := checkError(client.Get(ctx, "no/such/path", nil, &answer), http.StatusNotFound)
	if err != nil {
		return "", err
	}
	if failure.Message == "" {
		return "", errors.New("no message in OpenAI's form")
	}
	return "404 with a message", nil
}

func unknownModel(ctx context.Context) (string, error) {
	client := newClient()
	question := ask("Hello!", 100)
	question.Model = "no-such-model"
	_, err := client.Chat.Completions.New(ctx, question)
	failure, err := checkError(err, http.StatusNotFound, "model_not_found")
	if err != nil {
		return "", err
	}
	return failure.Message, nil
}

func abort(ctx context.Context) (string, error) {
	client := newClient()
	streaming, cancel := context.WithCancel(ctx)
	defer cancel()
	stream := client.Chat.Completions.NewStreaming(streaming, ask("Hello! tokens=60 delay=20", 300))
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

// A call that the provider refuses at first, and that is answered after retries.
func served(order string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		client, calls := countingClient()
		answer, err := client.Chat.Completions.New(ctx, ask("Please "+order+" tokens=20", 100))
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%d tokens, %d calls", answer.Usage.TotalTokens, calls.Load()), nil
	}
}

// A call that the provider refuses until the SDK gives up.
func refused(order string, status int) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		client, calls := countingClient()
		_, err := client.Chat.Completions.New(ctx, ask("Please "+order+" tokens=20", 100))
		failure, err := checkError(err, status)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%d, %s, %q, %d calls", failure.StatusCode, failure.Type, failure.Code, calls.Load()), nil
	}
}

func brokenStream(order string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		client := newClient()
		if key := os.Getenv("BROKEN_KEY"); key != "" {
			client = newClient(option.WithAPIKey(key))
		}
		chunks, err := drain(client.Chat.Completions.NewStreaming(ctx, ask("Please "+order+" tokens=20 delay=5", 100)))
		if err == nil {
			return "", fmt.Errorf("no error after %d chunks", len(chunks))
		}
		return fmt.Sprintf("an error after %d chunks", len(chunks)), nil
	}
}

func keepAlive(ctx context.Context) (string, error) {
	client := newClient()
	for number := range 5 {
		if _, err := client.Chat.Completions.New(ctx, ask(fmt.Sprintf("Call %d tokens=5", number), 100)); err != nil {
			return "", err
		}
	}
	return "5 calls", nil
}

func parallel(ctx context.Context) (string, error) {
	client := newClient()
	failures := make([]error, 100)
	var calls sync.WaitGroup
	for number := range failures {
		calls.Go(func() {
			outputTokens := int64(20 + number%30)
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
	client, calls := countingClient(option.WithAPIKey(os.Getenv("POOR_KEY")))
	var err error
	for range 10 {
		calls.Store(0)
		if _, err = client.Chat.Completions.New(ctx, ask("Much! tokens=500", 600)); err != nil {
			break
		}
	}
	failure, err := checkError(err, http.StatusPaymentRequired, "credit_balance_exhausted", "request_exceeds_balance")
	if err != nil {
		return "", err
	}
	if !strings.Contains(failure.Message, "/topup") {
		return "", fmt.Errorf("no top-up address in: %s", failure.Message)
	}
	if calls.Load() != 1 {
		return "", fmt.Errorf("%d calls", calls.Load())
	}
	return failure.Code, nil
}

func heldCredits(ctx context.Context) (string, error) {
	client, calls := countingClient(option.WithAPIKey(os.Getenv("HELD_KEY")))
	running := client.Chat.Completions.NewStreaming(ctx, ask("Slowly tokens=40 delay=30", 2500))
	if !running.Next() {
		return "", running.Err()
	}
	calls.Store(0)
	answer, err := client.Chat.Completions.New(ctx, ask("Now tokens=20", 1000))
	if err != nil {
		return "", err
	}
	if calls.Load() < 2 {
		return "", errors.New("not refused first: the credits were not held")
	}
	if _, err := drain(running); err != nil {
		return "", err
	}
	return fmt.Sprintf("served after %d refusals", calls.Load()-1), checkUsage(answer.Usage, 20)
}

func rateLimit(ctx context.Context) (string, error) {
	client := newClient(option.WithAPIKey(os.Getenv("LIMITED_KEY")), option.WithMaxRetries(0))
	answer, err := client.Chat.Completions.New(ctx, ask("Quick tokens=5", 20))
	if err != nil {
		return "", err
	}
	_, err = client.Chat.Completions.New(ctx, ask("Quick tokens=5", 20))
	failure, err := checkError(err, http.StatusTooManyRequests, "rate_limit_exceeded")
	if err != nil {
		return "", err
	}
	told := failure.Response.Header
	if told.Get("x-ratelimit-limit-requests") != "1" || told.Get("x-ratelimit-remaining-requests") != "0" {
		return "", errors.New("the limit is not told")
	}
	if wait, err := strconv.Atoi(told.Get("retry-after")); err != nil || wait < 1 || wait > 60 {
		return "", fmt.Errorf("retry-after %s", told.Get("retry-after"))
	}
	return failure.Type, checkUsage(answer.Usage, 5)
}
