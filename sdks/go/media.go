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
	{"compaction", compaction},
	{"images", images},
	{"edited image stream", editedImageStream},
	{"images by the piece", imagesByThePiece},
	{"speech", speech},
	{"speech stream", speechStream},
	{"translation", translation},
	{"long recording", longRecording},
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

func compaction(ctx context.Context) (string, error) {
	client := newClient()
	compacted, err := client.Responses.Compact(ctx, responses.ResponseCompactParams{
		Model: model,
		Input: responses.ResponseCompactParamsInputUnion{OfString: openai.String("A long talk about the weather in Rome")},
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, %d tokens", compacted.Output[0].Type, compacted.Usage.TotalTokens), nil
}

func cat() io.Reader {
	picture, err := base64.StdEncoding.DecodeString(pixel)
	if err != nil {
		panic(err)
	}
	return openai.File(bytes.NewReader(picture), "cat.png", "image/png")
}

func editedImageStream(ctx context.Context) (string, error) {
	client := newClient()
	events, err := drain(client.Images.EditStreaming(ctx, openai.ImageEditParams{
		Model:         "gpt-image-1",
		Prompt:        "A hat tokens=50",
		Image:         openai.ImageEditParamsImageUnion{OfFile: cat()},
		PartialImages: openai.Int(1),
	}))
	if err != nil {
		return "", err
	}
	last := events[len(events)-1]
	return fmt.Sprintf("%d tokens, %d events, %s", last.Usage.TotalTokens, len(events), last.Type), nil
}

func imagesByThePiece(ctx context.Context) (string, error) {
	client := newClient()
	made, err := client.Images.Generate(ctx, openai.ImageGenerateParams{
		Model: "dall-e-3", Prompt: "A cat", Size: "1024x1024"})
	if err != nil {
		return "", err
	}
	varied, err := client.Images.NewVariation(ctx, openai.ImageNewVariationParams{Image: cat(), N: openai.Int(2)})
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(made.Data[0].URL, "https://") {
		return "", errors.New(made.Data[0].URL)
	}
	return fmt.Sprintf("%d and %d images", len(made.Data), len(varied.Data)), nil
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

func speechStream(ctx context.Context) (string, error) {
	client := newClient()
	answer, err := client.Audio.Speech.New(ctx, openai.AudioSpeechNewParams{
		Model:        "gpt-4o-mini-tts",
		Input:        "Say this tokens=30",
		Voice:        openai.AudioSpeechNewParamsVoiceUnion{OfString: openai.String("alloy")},
		StreamFormat: openai.AudioSpeechNewParamsStreamFormatSSE,
	})
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	events, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	lines := strings.Split(strings.TrimSpace(string(events)), "\n\n")
	return fmt.Sprintf("%d events: %s", len(lines), lines[len(lines)-1]), nil
}

func translation(ctx context.Context) (string, error) {
	client := newClient()
	said, err := client.Audio.Translations.New(ctx, openai.AudioTranslationNewParams{
		Model: "whisper-1", File: recording(), Prompt: openai.String("tokens=12")})
	if err != nil {
		return "", err
	}
	return said.Text, nil
}

func longRecording(ctx context.Context) (string, error) {
	client := newClient()
	heard, err := client.Audio.Transcriptions.New(ctx, openai.AudioTranscriptionNewParams{
		Model: "whisper-1",
		File:  openai.File(bytes.NewReader(make([]byte, 2_000_000)), "long.mp3", "audio/mpeg"),
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%v seconds", heard.Usage.Seconds), nil
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
