package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
)

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

var mediaScenarios = []scenario{
	{"legacy completions", legacyCompletions},
	{"embeddings", embeddings},
	{"responses", wholeResponses},
	{"responses stream", responsesStream},
	{"failed response", failedResponse},
	{"images", images},
	{"speech", speech},
	{"transcription", transcription},
	{"moderation", moderation},
}

func recording() io.Reader {
	return openai.File(bytes.NewReader(make([]byte, 32_000)), "recording.mp3", "audio/mpeg")
}

func legacyCompletions(ctx context.Context) (string, error) {
	client := newClient()
	question := openai.CompletionNewParams{
		Model:     "gpt-3.5-turbo-instruct",
		Prompt:    openai.CompletionNewParamsPromptUnion{OfString: openai.String("Once tokens=20")},
		MaxTokens: openai.Int(30),
	}
	whole, err := client.Completions.New(ctx, question)
	if err != nil {
		return "", err
	}
	chunks, err := drain(client.Completions.NewStreaming(ctx, question))
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, chunk := range chunks {
		if chunk.JSON.Usage.Valid() {
			return "", errors.New("usage that was not asked for")
		}
		text.WriteString(chunk.Choices[0].Text)
	}
	if text.String() != whole.Choices[0].Text {
		return "", fmt.Errorf("streamed %s", text.String())
	}
	return fmt.Sprintf("%d tokens, %d chunks: %s", whole.Usage.TotalTokens, len(chunks), text.String()), nil
}

func embeddings(ctx context.Context) (string, error) {
	client := newClient()
	found, err := client.Embeddings.New(ctx, openai.EmbeddingNewParams{
		Model:      "text-embedding-3-small",
		Input:      openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"one two", "three"}},
		Dimensions: openai.Int(8),
	})
	if err != nil {
		return "", err
	}
	plain, err := client.Embeddings.New(ctx, openai.EmbeddingNewParams{
		Model: "text-embedding-3-small",
		Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfTokens: []int64{1, 2, 3}},
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%v, %d and %d tokens",
		found.Data[1].Embedding, found.Usage.TotalTokens, plain.Usage.TotalTokens), nil
}

func wish(input string, cap int64) responses.ResponseNewParams {
	return responses.ResponseNewParams{
		Model:           model,
		Input:           responses.ResponseNewParamsInputUnion{OfString: openai.String(input)},
		MaxOutputTokens: openai.Int(cap),
		Store:           openai.Bool(false),
	}
}

func wholeResponses(ctx context.Context) (string, error) {
	client := newClient()
	answer, err := client.Responses.New(ctx, wish("Hello! tokens=30", 100))
	if err != nil {
		return "", err
	}
	calling := wish("Rome? call=weather", 100)
	calling.Tools = []responses.ToolUnionParam{responses.ToolParamOfFunction("weather", city, false)}
	called, err := client.Responses.New(ctx, calling)
	if err != nil {
		return "", err
	}
	capped, err := client.Responses.New(ctx, wish("Hello! tokens=90", 16))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d tokens: %s; %s, %d tokens; %s, %d tokens",
		answer.Usage.TotalTokens, answer.OutputText(), called.Output[0].Name, called.Usage.TotalTokens,
		capped.Status, capped.Usage.TotalTokens), nil
}

func responsesStream(ctx context.Context) (string, error) {
	client := newClient()
	events, err := drain(client.Responses.NewStreaming(ctx, wish("Hello! tokens=30", 100)))
	if err != nil {
		return "", err
	}
	var kinds []string
	for _, event := range events {
		kinds = append(kinds, event.Type)
	}
	return fmt.Sprintf("%d tokens, %d events: %v",
		events[len(events)-1].Response.Usage.TotalTokens, len(events), slices.Compact(kinds)), nil
}

func failedResponse(ctx context.Context) (string, error) {
	client := newClient()
	events, err := drain(client.Responses.NewStreaming(ctx, wish("tokens=30 fail=5", 100)))
	if err != nil {
		return "", err
	}
	last := events[len(events)-1]
	return fmt.Sprintf("%s, %s, %d tokens", last.Type, last.Response.Error.Code, last.Response.Usage.TotalTokens), nil
}

func images(ctx context.Context) (string, error) {
	client := newClient()
	picture, err := base64.StdEncoding.DecodeString(pixel)
	if err != nil {
		return "", err
	}
	made, err := client.Images.Generate(ctx, openai.ImageGenerateParams{
		Model: "gpt-image-1", Prompt: "A cat tokens=50", Size: "1024x1024", Quality: "low"})
	if err != nil {
		return "", err
	}
	if made.Data[0].B64JSON == "" {
		return "", errors.New("no image")
	}
	edited, err := client.Images.Edit(ctx, openai.ImageEditParams{
		Model:  "gpt-image-1",
		Prompt: "A hat tokens=50",
		Image: openai.ImageEditParamsImageUnion{
			OfFile: openai.File(bytes.NewReader(picture), "cat.png", "image/png"),
		},
	})
	if err != nil {
		return "", err
	}
	events, err := drain(client.Images.GenerateStreaming(ctx, openai.ImageGenerateParams{
		Model: "gpt-image-1", Prompt: "A dog tokens=50", Size: "1024x1024", Quality: "low", PartialImages: openai.Int(1)}))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d, %d, %d tokens, %d events", made.Usage.TotalTokens, edited.Usage.TotalTokens,
		events[len(events)-1].Usage.TotalTokens, len(events)), nil
}

func speech(ctx context.Context) (string, error) {
	client := newClient()
	answer, err := client.Audio.Speech.New(ctx, openai.AudioSpeechNewParams{
		Model: "tts-1",
		Input: "Say this tokens=30",
		Voice: openai.AudioSpeechNewParamsVoiceUnion{OfString: openai.String("alloy")},
	})
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	audio, err := io.ReadAll(answer.Body)
	return fmt.Sprintf("%d bytes of %s", len(audio), answer.Header.Get("Content-Type")), err
}

func transcription(ctx context.Context) (string, error) {
	client := newClient()
	question := func(model string) openai.AudioTranscriptionNewParams {
		return openai.AudioTranscriptionNewParams{Model: model, File: recording(), Prompt: openai.String("tokens=12")}
	}
	text, err := client.Audio.Transcriptions.New(ctx, question("gpt-4o-transcribe"))
	if err != nil {
		return "", err
	}
	heard := question("whisper-1")
	heard.ResponseFormat = openai.AudioResponseFormatVerboseJSON
	seconds, err := client.Audio.Transcriptions.New(ctx, heard)
	if err != nil {
		return "", err
	}
	events, err := drain(client.Audio.Transcriptions.NewStreaming(ctx, question("gpt-4o-transcribe")))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d tokens: %s; %v seconds; %d events, %d tokens", text.Usage.TotalTokens, text.Text,
		seconds.Usage.Seconds, len(events), events[len(events)-1].Usage.TotalTokens), nil
}

func moderation(ctx context.Context) (string, error) {
	client := newClient()
	judged, err := client.Moderations.New(ctx, openai.ModerationNewParams{
		Model: openai.ModerationModelOmniModerationLatest,
		Input: openai.ModerationNewParamsInputUnion{OfStringArray: []string{"peace", "flag=violence"}},
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%v, %v", judged.Results[0].Flagged, judged.Results[1].Flagged), nil
}
