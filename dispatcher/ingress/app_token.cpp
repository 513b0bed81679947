#include "dispatcher/ingress/app_token.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>

#include "shared/value/write.hpp"

namespace callboard::dispatcher {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

/// RFC 4648, section 5, without padding.
std::string base64url(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t j = 0; j < 3; ++j)
      group = (group << 8) | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j <= count; ++j) out += kDigits[(group >> (18 - 6 * j)) & 63];
  }
  return out;
}

Result<std::string> sign(std::string_view text, std::string_view private_key) {
  const Bio bio(BIO_new_mem_buf(private_key.data(), static_cast<int>(private_key.size())), &BIO_free);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA)
    return fail(ErrorCode::invalid, "the App's private key is no RSA key in PEM");
  const Digest digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  std::string out;
  bool is_signed = EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
                   EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size()) == 1;
  if (is_signed) {
    out.resize(size);
    is_signed = EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes,
                               text.size()) == 1;
    out.resize(size);
  }
  if (!is_signed) return fail(ErrorCode::invalid, "the App's private key can't sign");
  return out;
}

}  // namespace

Result<std::string> make_app_token(std::string_view app_id, std::string_view private_key, Time now) {
  using std::chrono::seconds;
  const auto second = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
  std::string claims =
      R"({"iat":)" + std::to_string(second - 60) + R"(,"exp":)" + std::to_string(second + 480) + R"(,"iss":)";
  append_json_string(claims, app_id);
  const std::string text = base64url(R"({"alg":"RS256","typ":"JWT"})") + "." + base64url(claims + "}");
  const auto signature = sign(text, private_key);
  if (!signature) return std::unexpected(signature.error());
  return text + "." + base64url(*signature);
}

}  // namespace callboard::dispatcher
